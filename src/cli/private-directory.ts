import { lstatSync, mkdirSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';

/**
 * Makes a directory in /tmp, where anybody could have made it before. Throws BryoError
 * `unsafe-runroot` unless it is the caller's own and closed to others. A link is somebody's who may
 * lead it elsewhere at any time.
 */
export function makePrivateDirectory(path: string, uid: number): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw error;
  }
  const place = lstatSync(path);
  if (place.isDirectory() && place.uid === uid && (place.mode & 0o077) === 0) return;
  throw new BryoError('unsafe-runroot', `${path} is not private to you`, {
    hint: 'remove it, or set XDG_RUNTIME_DIR',
  });
}
