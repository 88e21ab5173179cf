import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { processStartTicks } from '../native/processes.ts';

/** How durable a write must be when the call returns. */
export type Durability = 'durable' | 'volatile';

let counter = 0;

/** A name beside the file that no other process and no other call uses. */
function temporaryName(path: string): string {
  counter += 1;
  return `${path}.tmp-${process.pid}-${counter}`;
}

/** Whether a directory entry is such a name, of a process that is no more. */
export function isStaleTemporary(entry: string): boolean {
  const [, pid] = /\.tmp-(\d+)-\d+$/.exec(entry) ?? [];
  return pid !== undefined && processStartTicks(Number(pid)) === null;
}

function writeWhole(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  mode: number,
): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    if (mode !== 0o600) fchmodSync(fd, mode);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    let written = 0;
    while (written < bytes.length) written += writeSync(fd, bytes, written);
    if (durability === 'durable') fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes names created, renamed or removed in a directory survive a crash. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Replaces a file in one step: readers see the old or the new content, never a part.
 * `durable`: acknowledged means on the disk, file and name.
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  mode = 0o600,
): void {
  const temporary = temporaryName(path);
  try {
    writeWhole(temporary, content, durability, mode);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
  if (durability === 'durable') syncDirectory(dirname(path));
}

/**
 * Creates a file only if its name is free (link(2)); false when it is taken. Of any number of
 * processes that claim the same name, one wins.
 */
export function claimFile(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  mode = 0o600,
): boolean {
  const temporary = temporaryName(path);
  try {
    writeWhole(temporary, content, durability, mode);
    linkSync(temporary, path);
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    discard(temporary);
  }
  if (durability === 'durable') syncDirectory(dirname(path));
  return true;
}
