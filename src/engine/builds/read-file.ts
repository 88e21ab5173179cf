import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { nameOfBytes } from '../../base/file-names.ts';

/** Bytes of a Containerfile or an ignore file. */
export const mostText = 16 * 1024 * 1024;

function bad(message: string, cause?: unknown): BryoError {
  return new BryoError('bad-build-context', message, { cause });
}

/** Reads an opened file that must be a regular one: text that names files, by `nameOfBytes`. */
function readOpened(fd: number, shown: string): string {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw bad(`${shown} is not a file`);
  if (stat.size > mostText) throw bad(`${shown} is larger than 16 MiB`);
  return nameOfBytes(readFileSync(fd));
}

/** Not blocking: a FIFO would wait for somebody to write. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** A file that the user has named, wherever links lead. Throws BryoError `bad-build-context`. */
export function readNamedFile(path: string, shown: string): string {
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (cause) {
    throw bad(`cannot read ${shown}: ${errnoCode(cause)}`, cause);
  }
  try {
    return readOpened(fd, shown);
  } finally {
    closeSync(fd);
  }
}

/**
 * A file of a context, which is somebody else's: no link in it may lead to a file elsewhere. Null: there is
 * none of that name. Throws BryoError `bad-build-context`.
 */
export function readInside(directory: string, name: string): string | null {
  const shown = join(directory, name);
  let fd: number;
  try {
    fd = openSync(shown, flags);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoCode(cause) ?? '')) return null;
    throw bad(`cannot read ${shown}: ${errnoCode(cause)}`, cause);
  }
  try {
    // The opened file itself is asked, not the path, which may change at any time.
    const real = readlinkSync(`/proc/self/fd/${fd}`);
    const inside = real.startsWith(`${realpathSync(directory).replace(/\/$/, '')}/`);
    if (!inside) throw bad(`${shown} leads out of the build context, to ${real}`);
    return readOpened(fd, shown);
  } finally {
    closeSync(fd);
  }
}
