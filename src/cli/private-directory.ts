import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { isOwnGroup } from '../native/private-group.ts';

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

/** Whether somebody else may write to a directory of the caller's. */
function isOpen({ mode, gid }: Stats, uid: number): boolean {
  if ((mode & 0o002) !== 0) return true;
  return (mode & 0o020) !== 0 && !isOwnGroup(uid, gid);
}

function unsafe(path: string, why: string): BryoError {
  return new BryoError('unsafe-runroot', `the runtime directory ${path} ${why}`, {
    hint: 'whoever else may change it would own the containers',
  });
}

/**
 * Looks at a runtime directory before it is used: XDG_RUNTIME_DIR is kept by `su` and `sudo -E`, and
 * --runroot may be in /tmp. One that is not there yet is fine. Throws BryoError `unsafe-runroot` unless
 * it is the caller's and nobody else may write to it; podman says the first so.
 */
export function checkRuntimeDirectory(path: string, uid: number): void {
  const place = lstatSync(path, { throwIfNoEntry: false });
  if (place === undefined) return;
  if (!place.isDirectory()) throw unsafe(path, 'is a link or a file');
  if (place.uid !== uid) throw unsafe(path, 'is not owned by the current user');
  if (isOpen(place, uid)) throw unsafe(path, 'may be written to by others');
}

/** Checks XDG_RUNTIME_DIR, too, to which a link of the administrator's may lead. */
export function checkXdgRuntime(path: string | undefined, uid: number): void {
  if (!path) return;
  const place = statSync(path, { throwIfNoEntry: false });
  if (place === undefined) return;
  if (!place.isDirectory()) throw unsafe(path, 'is no directory (XDG_RUNTIME_DIR)');
  if (place.uid !== uid) throw unsafe(path, 'is not owned by the current user (XDG_RUNTIME_DIR)');
  if (isOpen(place, uid)) throw unsafe(path, 'may be written to by others');
}
