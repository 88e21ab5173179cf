import { closeSync, createWriteStream, mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BryoError } from '../../base/errors.ts';
import { nameOfBytes } from '../../base/file-names.ts';
import { addon } from '../../native/addon.ts';
import { plainBytes } from '../../store/recode.ts';
import { callersDirectory, receiveTree } from '../../store/tree-copy.ts';
import { mostText } from './read-file.ts';

/** Bytes that tell a tar archive: its mark stands at 257. */
const headSize = 512;

/** The first bytes of a stream, and all of it. */
async function peek(source: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const pieces: Buffer[] = [];
  let size = 0;
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  while (size < headSize) {
    const next = await iterator.next();
    if (next.done) break;
    pieces.push(Buffer.from(next.value));
    size += next.value.length;
  }
  const head = Buffer.concat(pieces);
  async function* all(): AsyncGenerator<Buffer, void, void> {
    yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      yield next.value;
    }
  }
  return { head, whole: Readable.from(all(), { objectMode: false }) };
}

const compressed: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

/** The kind of the first bytes: plain tar, the name of a compression, or null for text. */
export function archiveKind(head: Buffer): string | null {
  const [name = null] =
    compressed.find(([, magic]) => magic.every((byte, at) => head[at] === byte)) ?? [];
  if (name !== null) return name;
  return head.subarray(257, 262).toString('latin1') === 'ustar' ? 'tar' : null;
}

async function unpack(source: Readable, directory: string, shown: string): Promise<void> {
  const [input, output] = addon().pipe();
  const receiving = receiveTree(
    callersDirectory(
      directory,
      (problem) => new BryoError('bad-build-context', `${shown}: ${problem}`),
    ),
    input,
  ).finally(() => closeSync(input));
  const feeding = pipeline(plainBytes(source), createWriteStream('', { fd: output }));
  const [received, fed] = await Promise.allSettled([receiving, feeding]);
  if (received.status === 'rejected') throw received.reason;
  if (fed.status === 'rejected') throw fed.reason;
}

async function textOf(source: Readable, shown: string): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostText) {
      throw new BryoError('bad-build-context', `${shown} is no archive and larger than 16 MiB`);
    }
    pieces.push(piece);
  }
  return nameOfBytes(Buffer.concat(pieces));
}

/** The outcome of a stream: a context's files, or a Containerfile alone. */
export type StreamContext = { kind: 'files' } | { kind: 'containerfile'; text: string };

/**
 * Reads a context out of a stream: an archive, plain or compressed with gzip, zstd, xz or bzip2, goes into `directory`, which
 * is made; all else is a Containerfile. Throws BryoError `bad-build-context`, `bad-archive`.
 */
export async function readStreamContext(
  source: Readable,
  directory: string,
  shown: string,
): Promise<StreamContext> {
  const { head, whole } = await peek(source);
  const kind = archiveKind(head);
  mkdirSync(directory, { mode: 0o700 });
  if (kind === null) return { kind: 'containerfile', text: await textOf(whole, shown) };
  if (kind === 'xz' || kind === 'bzip2') {
    const { decompressed } = await import('./decompress.ts');
    const plain = decompressed(kind, whole, shown);
    await unpack(plain.bytes, directory, shown);
    await plain.ended;
  } else await unpack(whole, directory, shown);
  return { kind: 'files' };
}
