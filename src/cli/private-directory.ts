import { mkdirSync, statSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';

/**
 * Makes a directory in /tmp, where anybody could have made it before. Throws BryoError
 * `unsafe-runroot` unless it is the caller's own and closed to others.
 */
export function makePrivateDirectory(path: string, uid: number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = statSync(path);
  if (owner === uid && (mode & 0o022) === 0) return;
  throw new BryoError('unsafe-runroot', `${path} is not private to you`, {
    hint: 'remove it, or set XDG_RUNTIME_DIR',
  });
}
