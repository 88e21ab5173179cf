import { createWriteStream, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BryoError } from '../base/errors.ts';
import { bytesOfName, nameOfBytes, namePaths } from '../base/file-names.ts';
import { makeHash } from '../base/hash.ts';
import type { InstructionOf } from '../containerfile/instructions.ts';
import { cloneRepository, isGitAddress, readGitAddress } from '../engine/builds/git.ts';
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

async function download(address: URL, path: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(address, { signal, redirect: 'follow' });
  if (!response.ok || response.body === null) {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new BryoError('no-source', `cannot fetch ${address.href}: ${status}`);
  }
  const hash = makeHash('sha256');
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  body.on('data', (part: Buffer) => hash.update(part));
  await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  const time = Number.isNaN(modified) ? 0 : modified / 1000;
  utimesSync(path, time, time);
  return `sha256:${hash.digest('hex')}`;
}

/** Fetches what ADD names. Throws BryoError `no-source`, `wrong-digest`. */
export async function fetchRemote(
  context: BuildContext,
  instruction: InstructionOf<'add'>,
  address: string,
): Promise<Fetched> {
  const { work } = context;
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
  const url = new URL(address);
  const name = nameOf(url, destination);
  const path = work.freePath();
  let digest: string;
  try {
    digest = await download(url, path, work.signal);
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
