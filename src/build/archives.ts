import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeHash } from '../base/hash.ts';
import { decompressor } from '../engine/builds/decompress.ts';
import { addon } from '../native/addon.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { copyStream } from '../store/tree-copy.ts';
import { listTree, sendItems } from '../store/tree-items.ts';
import { whenEnded } from '../store/worker.ts';
import type { UnpackPart } from './copy-files.ts';
import { hasWildcard } from './patterns.ts';
import { type FileSource, withSource } from './sources.ts';
import type { Workspace } from './workspace.ts';

const headSize = 512;

type Compression = 'none' | 'worker' | 'xz' | 'bzip2';

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => head[at] === byte);
}

/** The compression of what a file begins with; of those that the storage worker does not know a program does. */
function compressionOf(head: Uint8Array): Compression {
  if (startsWith(head, [0x1f, 0x8b]) || startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'worker';
  if (startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz';
  return startsWith(head, [0x42, 0x5a, 0x68]) ? 'bzip2' : 'none';
}

/** Whether a block is a tar's header: its checksum is right (tar(5)). */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < headSize) return false;
  const text = Buffer.from(head.subarray(148, 156)).toString('latin1');
  const said = Number.parseInt(text.replace(/\0.*$/s, '').trim(), 8);
  let sum = 0;
  for (const [at, byte] of head.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  return said === sum && sum !== 8 * 32;
}

function readHead(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headSize);
    return head.subarray(0, readSync(fd, head, 0, headSize, 0));
  } finally {
    closeSync(fd);
  }
}

/** Decompresses a file into another with a program of the host, which sees nothing but the two. */
async function decompressWith(
  program: 'xz' | 'bzip2',
  input: string,
  output: string,
): Promise<boolean> {
  const path = decompressor(program, 'the archive');
  const fds = [openSync(input, 'r'), openSync(output, 'wx', 0o600)];
  try {
    const child = spawn(path, ['-dc'], { stdio: [fds[0], fds[1], 'ignore'] });
    return (await whenEnded(child)) === 0;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = makeHash('sha256');
  const fd = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(1 << 20);
    for (let size = readSync(fd, piece); size > 0; size = readSync(fd, piece)) {
      hash.update(piece.subarray(0, size));
    }
    return `sha256:${hash.digest('hex')}`;
  } finally {
    closeSync(fd);
  }
}

/** The archive that a file of the workspace is; null: it is none. */
export async function asArchive(work: Workspace, path: string): Promise<UnpackPart | null> {
  const head = readHead(path);
  const compression = compressionOf(head);
  if (compression === 'none') {
    return isTarHeader(head) ? { archive: path, digest: await digestOf(path) } : null;
  }
  if (compression === 'worker') {
    const plain = await firstPlainBlock(path);
    return isTarHeader(plain) ? { archive: path, digest: await digestOf(path) } : null;
  }
  const plain = work.freePath();
  const whole = await decompressWith(compression, path, plain);
  if (!whole || !isTarHeader(readHead(plain))) return null;
  return { archive: plain, digest: await digestOf(path) };
}

async function firstPlainBlock(path: string): Promise<Uint8Array> {
  const { readPlain } = await import('../store/worker.ts');
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of readPlain(path)) {
      parts.push(part);
      size += part.length;
      if (size >= headSize) break;
    }
  } catch {
    return new Uint8Array();
  }
  return Buffer.concat(parts).subarray(0, headSize);
}

/** The archive of the context that ADD names; null: the path is none, or means several things. */
export async function findArchive(
  work: Workspace,
  source: FileSource,
  path: string,
): Promise<UnpackPart | null> {
  if (hasWildcard(path)) return null;
  const copied = await withSource(work, source, async (root) => {
    const [entry] = await listTree(root, [path.replace(/^\/+/, '') || '.'], 0);
    if (entry?.type !== 'f' || entry.size < headSize / 8) return null;
    const directory = work.freePath();
    makeStoreDirectory(work.engine.store, directory);
    const item = { path, name: 'file', mode: 0o600, follow: true };
    await copyStream(
      (output) => sendItems(root, [item], false, output),
      {
        root: { kind: 'host', directory },
        path: '.',
        archive: true,
        contents: false,
        directory: true,
        followLinks: false,
        overwrite: false,
        owner: 'self',
      },
      addon().pipe(),
    );
    return join(directory, 'file');
  });
  if (copied === null || !statSync(copied).isFile()) return null;
  return asArchive(work, copied);
}
