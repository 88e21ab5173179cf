import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BryoError, errnoCode } from '../../../base/errors.ts';

/** Far more than any such file needs. */
const most = 1 << 20;

/** The bytes of a regular file that a flag names. Throws BryoError `bad-flag-value`. */
export function readCappedBytes(path: string, flag: string): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new BryoError(
      'bad-flag-value',
      `cannot read ${JSON.stringify(path)} (${flag}): ${errnoCode(cause) ?? cause}`,
      { cause },
    );
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > most) {
      throw new BryoError(
        'bad-flag-value',
        `cannot use ${JSON.stringify(path)} (${flag}): not a file of at most 1 MiB`,
      );
    }
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(fd, bytes, 0, most, 0));
  } finally {
    closeSync(fd);
  }
}

/** Reads the text of a small regular file. */
export function readCapped(path: string, flag: string): string {
  return readCappedBytes(path, flag).toString('utf8');
}
