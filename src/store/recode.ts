import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
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
