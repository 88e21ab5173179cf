import { closeSync, openSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { addon } from './addon.ts';

/**
 * The pid of the process that holds the POSIX write lock on a file (fcntl(2) F_GETLK), or null
 * when nobody holds it or there is no such file.
 */
export function lockOwner(path: string): number | null {
  try {
    const pid = addon().lockOwner(path);
    return pid > 0 ? pid : null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoCode(error) ?? '')) return null;
    throw error;
  }
}

/**
 * Takes the lock that lockOwner() looks at, for whoever removes what it protects; null when a
 * process holds it. It creates the file. Errors: those of open(2).
 */
export function takeOwnerLock(path: string): HeldLock | null {
  const fd = addon().lockFile(path);
  return fd < 0 ? null : { release: () => closeSync(fd) };
}

/** A held flock(2); it also ends with the process. */
export interface HeldLock {
  release(): void;
}

/** Takes a whole-file flock, creating the file (0600). Waits unless `wait` is false, then null. */
export function acquireLock(path: string, mode: 'shared' | 'exclusive', wait: boolean) {
  const fd = openSync(path, 'a', 0o600);
  let held = false;
  try {
    held = addon().flock(fd, mode, wait);
  } finally {
    if (!held) closeSync(fd);
  }
  return held ? ({ release: () => closeSync(fd) } satisfies HeldLock) : null;
}

/** Flushes the whole filesystem that holds `path` (syncfs(2)): one call for thousands of files. */
export function syncFilesystem(path: string): void {
  const fd = openSync(path, 'r');
  try {
    addon().syncfs(fd);
  } finally {
    closeSync(fd);
  }
}
