import { createWriteStream, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { BryoError } from '../base/errors.ts';
import { bytesOfName, nameOfBytes, namePaths } from '../base/file-names.ts';
import { makeHash } from '../base/hash.ts';
import type { InstructionOf } from '../containerfile/instructions.ts';
import { cloneRepository, isGitAddress, readGitAddress } from '../engine/builds/git.ts';
import { downloadWith } from '../registry/download.ts';
import { asArchive } from './archives.ts';
import type { BuildContext } from './context.ts';
import type { CopyPart, UnpackPart } from './copy-files.ts';

/** Whether a source of ADD is an address. */
export function isRemote(source: string): boolean {
  return /^https?:\/\//i.test(source) || isGitAddress(source);
}

/** A remote source, fetched: an archive to be unpacked, or files. */
type Fetched = { archive: UnpackPart; part: null } | { archive: null; part: CopyPart };

function nameOf(address: URL, destination: string): string {
  // Escapes stand for bytes, whatever these mean: the address is not the builder's own.
  const path = address.pathname.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const name = namePaths.basename(nameOfBytes(Buffer.from(path, 'latin1')));
  if (!['', '/', '.', '..'].includes(name) && !name.includes('\0')) return name;
  if (!destination.endsWith('/')) return namePaths.basename(destination);
  throw new BryoError('no-source', `cannot determine a file name from ${address.href}`);
}

/** Bytes of a file at most: a server may send without end. */
const mostBytes = 2 ** 36;

/** The file's digest by an algorithm. */
async function download(
  address: URL,
  path: string,
  { algorithm, context }: { algorithm: string; context: BuildContext },
): Promise<string> {
  const { access, work } = context;
  const { signal } = work;
  const surroundings = { env: process.env, home: homedir(), access };
  const { body, header } = await downloadWith(address.href, surroundings);
  const hash = makeHash(algorithm);
  let size = 0;
  async function* measured(): AsyncGenerator<Uint8Array, void, void> {
    for await (const part of body as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > mostBytes) {
        throw new BryoError('too-large', `${address.href} is larger than 64 GiB`);
      }
      hash.update(part);
      yield part;
    }
  }
  await pipeline(measured(), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  const modified = Date.parse(header('last-modified') ?? '');
  const time = Number.isNaN(modified) ? 0 : modified / 1000;
  utimesSync(path, time, time);
  return `${algorithm}:${hash.digest('hex')}`;
}

/** Throws BryoError `bad-containerfile` for a digest that nothing could have. */
function checkChecksum({ checksum }: InstructionOf<'add'>, address: string): void {
  if (checksum === null) return;
  if (isGitAddress(address)) {
    throw new BryoError('bad-containerfile', '--checksum is for files of web servers', {
      hint: 'name the commit of a repository: ADD https://HOST/REPOSITORY.git#COMMIT /',
    });
  }
  const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
  const [, algorithm = '', digits = ''] = /^(sha\d+):([0-9a-f]+)$/.exec(checksum) ?? [];
  if (digits.length > 0 && lengths[algorithm] === digits.length) return;
  throw new BryoError('bad-containerfile', `--checksum=${checksum}: ALGORITHM:DIGITS is needed`, {
    hint: 'sha256, sha384 and sha512 are known',
  });
}

/** Fetches what ADD names. Throws BryoError `no-source`, `wrong-digest`. */
export async function fetchRemote(
  context: BuildContext,
  instruction: InstructionOf<'add'>,
  address: string,
): Promise<Fetched> {
  const { work } = context;
  checkChecksum(instruction, address);
  const directory = work.freePath();
  mkdirSync(directory, { mode: 0o700 });
  const { exclude, destination, checksum } = instruction;
  const plain = { parents: false, exclude, described: address };
  if (isGitAddress(address)) {
    const { keepGitDir } = instruction;
    const at = await cloneRepository(readGitAddress(address), directory, { keepGitDir });
    const source = { kind: 'host', directory: at, ignore: null } as const;
    return { archive: null, part: { ...plain, source, paths: ['.'] } };
  }
  if (!URL.canParse(address)) {
    throw new BryoError('no-source', `invalid address ${JSON.stringify(address)}`);
  }
  const url = new URL(address);
  const name = nameOf(url, destination);
  const path = work.freePath();
  let digest: string;
  try {
    const [, algorithm = 'sha256'] = /^(\w+):/.exec(checksum ?? '') ?? [];
    digest = await download(url, path, { algorithm, context });
  } catch (error) {
    if (error instanceof BryoError || work.signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BryoError('no-source', `cannot fetch ${address}: ${why}`, { cause: error });
  }
  if (checksum !== null && checksum !== digest) {
    throw new BryoError(
      'wrong-digest',
      `unexpected response digest for ${JSON.stringify(address)}: ${digest}, want ${checksum}`,
    );
  }
  const archive = instruction.unpack === true ? await asArchive(work, path) : null;
  if (archive !== null) return { archive, part: null };
  renameSync(path, bytesOfName(namePaths.join(directory, name)));
  const source = { kind: 'host', directory, ignore: null } as const;
  return { archive: null, part: { ...plain, source, paths: [name] } };
}
