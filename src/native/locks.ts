import { closeSync, openSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { addon } from './addon.ts';
import { lockHolders } from './lock-holders.ts';
import { lockLimits, Waiting, type WaitLimits } from './waiting.ts';

/**
 * The pid of the process that holds the POSIX write lock on a file (fcntl(2) F_GETLK), or null
 * when nobody holds it or there is no such file.
 */
export function lockOwner(path: string): number | null {
  try {
    const pid = addon().lockOwner(path);
    return pid > 0 ? pid : null;
  } catch (error) {
    if (['ENOTDIR', 'EISDIR'].includes(errnoCode(error) ?? '')) return null;
    throw error;
  }
}

/** Whether anybody holds that lock on a file, also one of an open file description, which has no pid. */
export function isLocked(path: string): boolean {
  return addon().lockOwner(path) !== 0;
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

/** The next pause but for its length, which differs: who has seen the same must not come back at once. */
function spread(pause: number): number {
  return pause * (0.5 + Math.random() / 2);
}

/** Complains of whoever else holds a lock for too long. Errors: those of Waiting.look. */
function complain(waiting: Waiting, path: string, offset: number): void {
  if (!waiting.isDue) return;
  const holders = lockHolders(path, offset);
  for (const pid of holders) waiting.look(pid);
  if (holders.length === 0) waiting.lookWithin();
}

/**
 * Attempts a lock until that comes off, and lets nothing else of this process run meanwhile: only for
 * what nobody holds while he awaits something. After some seconds the user is told who holds it; one who is
 * stopped, or goes on holding it, is an error (`no-answer`).
 */
export function insist(path: string, offset: number, attempt: () => boolean): void {
  const waiting = new Waiting(`the lock ${path}`, lockLimits);
  for (let pause = shortest; !attempt(); pause = Math.min(2 * pause, longest)) {
    pauseSync(spread(pause));
    complain(waiting, path, offset);
  }
}

/** Wake who waits in this process when a lock of this process has been given back, by the file's path. */
const wakers = new Map<string, () => void>();

/** Ends when another operation of this process gives a lock on the file back, or the time is over. */
function nextChance(path: string, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wakers.set(path, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** As insist, but the rest of the process runs meanwhile. */
export async function awaitLock(
  path: string,
  offset: number,
  attempt: () => boolean,
  limits: WaitLimits = lockLimits,
): Promise<void> {
  const waiting = new Waiting(`the lock ${path}`, limits);
  try {
    for (let pause = shortest; !attempt(); pause = Math.min(2 * pause, longest)) {
      await nextChance(path, spread(pause));
      complain(waiting, path, offset);
    }
  } finally {
    wakers.delete(path);
  }
}

/** The last operation of this process that waits for a lock on a file: the next one stands behind it. */
const lines = new Map<string, Promise<void>>();

function tryFlock(fd: number, mode: LockMode): boolean {
  return addon().flock(fd, mode, false);
}

function heldLock(path: string, fd: number): HeldLock {
  return {
    release() {
      closeSync(fd);
      wakers.get(path)?.();
    },
  };
}

export type LockMode = 'shared' | 'exclusive';

/**
 * Takes a whole-file flock, creating the file (0600). Operations of this process that wait for one file
 * get it in the order in which they came, and nothing blocks the process. Errors: those of open(2); BryoError
 * `no-answer` that names who holds the lock, when he is stopped or holds it for very long.
 */
export async function acquireLock(
  path: string,
  mode: LockMode,
  limits: WaitLimits = lockLimits,
): Promise<HeldLock> {
  const fd = openSync(path, 'a', 0o600);
  try {
    const before = lines.get(path);
    if (before === undefined && tryFlock(fd, mode)) return heldLock(path, fd);
    const turn = (before ?? Promise.resolve()).then(() =>
      awaitLock(path, 0, () => tryFlock(fd, mode), limits),
    );
    const place = turn.catch(() => undefined);
    lines.set(path, place);
    try {
      await turn;
    } finally {
      if (lines.get(path) === place) lines.delete(path);
    }
    return heldLock(path, fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Takes a lock without waiting; null: somebody holds it. */
export function tryLock(path: string, mode: LockMode): HeldLock | null {
  const fd = openSync(path, 'a', 0o600);
  if (tryFlock(fd, mode)) return heldLock(path, fd);
  closeSync(fd);
  return null;
}

/**
 * Does something while nobody else holds the flock of a file. The action must be over when it returns, so
 * that two operations of one process never meet here: nothing in it is awaited. Errors: those of insist.
 */
export function withMomentaryLock<T>(path: string, action: () => T): T {
  const fd = openSync(path, 'a', 0o600);
  try {
    insist(path, 0, () => tryFlock(fd, 'exclusive'));
    return action();
  } finally {
    closeSync(fd);
  }
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
