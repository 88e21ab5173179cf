import { createWriteStream, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { BryoError } from '../../base/errors.ts';

/** Makes a directory for an image; one that is there has to be empty. */
export function makeEmptyDirectory(path: string, flag: string): void {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  if (readdirSync(path).length > 0) {
    throw new BryoError('not-empty', `${path} is not an empty directory (${flag})`);
  }
}

/** Writes a file by `write`. One that could not be finished is removed. */
export async function writeArchive(
  path: string,
  write: (output: Writable) => Promise<void>,
): Promise<void> {
  const existed = existsSync(path);
  // Opened at once: a stream would open it some time later, also after it was removed.
  const file = createWriteStream(path, { fd: openSync(path, 'w', 0o644), highWaterMark: 1 << 20 });
  try {
    await write(file);
    file.end();
    await finished(file);
  } catch (error) {
    file.destroy();
    if (!existed) rmSync(path, { force: true });
    throw error;
  }
}
