import { closeSync, openSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { addon } from './addon.ts';
import { lockHolders } from './lock-holders.ts';
import { Waiting } from './waiting.ts';

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

/** Milliseconds between two attempts at a lock: it is held for some of them, as a rule. */
const shortest = 1;
const longest = 16;

/**
 * Attempts it until it comes off. After some seconds the user is told who holds the lock; one who is stopped
 * is an error (`no-answer`).
 */
export function insist(path: string, offset: number, attempt: () => boolean): void {
  const waiting = new Waiting(`the lock ${path}`);
  for (let pause = shortest; !attempt(); pause = Math.min(2 * pause, longest)) {
    pauseSync(pause * (0.5 + Math.random() / 2));
    if (!waiting.isDue) continue;
    for (const pid of lockHolders(path, offset)) waiting.look(pid);
  }
}

/**
 * Takes a whole-file flock, creating the file (0600). Waits unless `wait` is false, then null. Errors:
 * those of insist.
 */
export function acquireLock(path: string, mode: 'shared' | 'exclusive', wait: boolean) {
  const fd = openSync(path, 'a', 0o600);
  let held = false;
  try {
    held = addon().flock(fd, mode, false);
    if (!held && wait) {
      insist(path, 0, () => addon().flock(fd, mode, false));
      held = true;
    }
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
