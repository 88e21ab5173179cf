import { createReadStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { BryoError, errnoCode } from '../base/errors.ts';
import { plainBytes } from '../store/recode.ts';
import { writeSparseFile } from './sparse-file.ts';

/**
 * The files of an archive, or of a directory, by the names they have in it. Names are only looked up
 * here and never become paths of the host.
 */
export interface ArchiveFiles {
  /** Host path of a file; null: there is none of that name. */
  find(name: string): string | null;
}

/** An archive that was spread out. */
export interface SpreadArchive {
  files: ArchiveFiles;
  /** How many bytes came of each of its own when it was decompressed. */
  growth: number;
}

const maxEntries = 100_000;
/** Bytes of a name (PATH_MAX): an archive may say megabytes, for each of its entries. */
const maxName = 4096;
const maxLinks = 16;
const gzipMagic = [0x1f, 0x8b];
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];
const refused = { xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a], bzip2: [0x42, 0x5a, 0x68] };

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

interface Plain {
  stream: Readable;
  growth(): number;
}

/** Takes the outer compression off; the first bytes decide. */
async function decompressed(source: Readable): Promise<Plain> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await iterator.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  const whole = new PassThrough();
  let taken = head.length;
  const feed = async (): Promise<void> => {
    whole.write(head);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      taken += next.value.length;
      if (!whole.write(next.value)) await new Promise((resolve) => whole.once('drain', resolve));
    }
    whole.end();
  };
  feed().catch((error: Error) => whole.destroy(error));
  for (const [name, magic] of Object.entries(refused)) {
    if (!startsWith(head, magic)) continue;
    whole.destroy();
    throw new BryoError('bad-archive', `archives compressed with ${name} are not supported`, {
      hint: `decompress it first: ${name} -d`,
    });
  }
  const packed = startsWith(head, gzipMagic) || startsWith(head, zstdMagic);
  if (!packed) return { stream: whole, growth: () => 1 };
  let plain = 0;
  const count = async function* () {
    for await (const chunk of plainBytes(whole)) {
      plain += chunk.length;
      yield chunk;
    }
  };
  return { stream: Readable.from(count()), growth: () => plain / Math.max(1, taken) };
}

function normalName(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}

/** Follows symbolic links between the archive's own entries. */
function lookUp(files: Map<string, string>, links: Map<string, string>, name: string) {
  let wanted = normalName(name);
  for (let hop = 0; hop < maxLinks; hop += 1) {
    const path = files.get(wanted);
    if (path !== undefined) return path;
    const target = links.get(wanted);
    if (target === undefined) return null;
    wanted = normalName(posix.join(posix.dirname(wanted), target));
  }
  return null;
}

/** Files with holes, and whatever else tar-stream does not know: it would give other bytes for theirs. */
function refuseUnknown({ name, type, pax }: Header): void {
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
  if (type && !isSparse) return;
  throw new BryoError('bad-archive', `the archive has ${JSON.stringify(name)} as a sparse entry`, {
    hint: "only layers may have such; make the archive without tar's --sparse",
  });
}

/** Whether an error is the machine's, such as a full disk or one process too many, and no fault of the archive's. */
function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errnoCode(error) ?? '');
}

function refuseLong(...names: (string | null)[]): void {
  if (names.every((name) => (name ?? '').length <= maxName)) return;
  throw new BryoError('bad-archive', `the archive has a name of more than ${maxName} characters`);
}

/** Spreads a tar's regular files out in a directory, under names of our own. */
export async function openArchive(source: Readable, directory: string): Promise<SpreadArchive> {
  mkdirSync(directory, { mode: 0o700 });
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  const unpacker = extract();
  const consume = async (): Promise<void> => {
    let entries = 0;
    for await (const entry of unpacker) {
      const { name, type, linkname } = entry.header;
      entries += 1;
      if (entries > maxEntries)
        throw new BryoError('bad-archive', 'the archive has too many entries');
      refuseUnknown(entry.header);
      refuseLong(name, linkname);
      if (type === 'file' || type === 'contiguous-file') {
        const path = join(directory, String(entries));
        await writeSparseFile(path, entry as AsyncIterable<Uint8Array>);
        files.set(normalName(name), path);
      } else {
        if (type === 'symlink') links.set(normalName(name), linkname ?? '');
        if (type === 'link') links.set(normalName(name), `/${linkname ?? ''}`);
        entry.resume();
      }
    }
  };
  let growth = 1;
  try {
    const plain = await decompressed(source);
    await Promise.all([pipeline(plain.stream, unpacker), consume()]);
    growth = plain.growth();
  } catch (cause) {
    if (cause instanceof BryoError || isSystemError(cause)) throw cause;
    throw new BryoError(
      'bad-archive',
      'payload does not match any of the supported image formats: the input is not a whole tar archive',
      { cause },
    );
  }
  return { files: { find: (name) => lookUp(files, links, name) }, growth };
}

/** The files of a directory that the caller trusts to be an OCI image layout. */
export function openDirectory(directory: string): ArchiveFiles {
  return {
    find(name) {
      const path = join(directory, normalName(name));
      try {
        return statSync(path).isFile() ? path : null;
      } catch {
        return null;
      }
    },
  };
}

/** A small file's bytes. Throws BryoError `bad-archive` when it is missing or too large. */
export function readSmall(files: ArchiveFiles, name: string): Uint8Array {
  const path = files.find(name);
  const limit = 4 * 1024 * 1024;
  if (path === null || statSync(path).size > limit) {
    throw new BryoError('bad-archive', `the archive lacks ${JSON.stringify(name)}`);
  }
  return readFileSync(path);
}

/** The archive as a stream: a file, or standard input. */
export function archiveStream(path: string | null, stdin: Readable): Readable {
  return path === null ? stdin : createReadStream(path, { highWaterMark: 1 << 20 });
}
