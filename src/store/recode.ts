import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoCode } from '../base/errors.ts';
import { libexecPath } from '../native/locate.ts';
import { workerOutput } from './worker.ts';

/** How the bytes of a layer may be compressed anew. */
export type Compression = 'gzip' | 'zstd';

/** A plain or compressed file, compressed in another way; the same input gives the same bytes. */
export async function* recode(
  path: string,
  compression: Compression,
): AsyncGenerator<Uint8Array, void, void> {
  const fd = openSync(path, 'r');
  const child = spawn(libexecPath('bryo-worker'), ['recode', compression], {
    stdio: [fd, 'pipe', 'pipe'],
  });
  closeSync(fd);
  yield* workerOutput(child, 'bad-layer');
}

/** A worker that gives up closes its end; what it says then is the error that counts. */
async function feed(source: Readable, child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.stdin === null) return;
  try {
    await pipeline(source, child.stdin);
  } catch (error) {
    if (errnoCode(error) !== 'EPIPE') child.kill('SIGKILL');
  }
}

/** Plain bytes of an archive at most, and so many that may come of a few. */
const archiveLimits = [String(2 ** 36), String(2 ** 30)];

/**
 * The plain bytes of a stream that is plain or compressed with gzip or zstd. Errors: `bad-archive`, for
 * a decompression bomb as well.
 */
export async function* plainBytes(source: Readable): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(libexecPath('bryo-worker'), ['plain', ...archiveLimits], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const fed = feed(source, child);
  yield* workerOutput(child, 'bad-archive');
  await fed;
}
