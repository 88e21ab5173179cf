import { closeSync, existsSync, openSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { libexecPath } from '../native/locate.ts';
import { acquireLock, lockOwner } from '../native/locks.ts';
import { bootId, identityOf, isAlive, processIdentity } from '../native/processes.ts';
import { runProgram } from '../native/run.ts';
import { unsharedSession } from '../native/unshared.ts';
import { Waiting } from '../native/waiting.ts';

/**
 * Root filesystems that are mounted for the caller to look at. A process of its own holds each one
 * (addon/launcher/hold_mount.cc) and a lock on a file that has the count: how often it was asked for.
 * A driver with nothing to mount has the count alone.
 */
export interface HeldMount {
  count: number;
  /** Pid of the holder; null: nothing had to be mounted. */
  holder: number | null;
  /** Mounted in another mount namespace than this command's: nothing to be seen there. */
  elsewhere: boolean;
  /** Of the session that the mount goes with; null: of none. */
  session: string | null;
  /** Of the container's process that it goes with; null: of none. */
  process: string | null;
}

/** The thing to be mounted. */
export type HeldSource =
  | { kind: 'overlay'; options: string[]; legacy: boolean }
  | { kind: 'fuse'; argv: string[] }
  /** The root of the process of a container that runs. */
  | { kind: 'running'; pid: number; startTicks: number }
  /** The files are there as they are. */
  | { kind: 'none' };

/** As in HeldMount. */
interface CountFile {
  count: number;
  boot: string;
  session: string | null;
  process: string | null;
}

function readCount(path: string): CountFile | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<CountFile> | null;
    if (typeof value?.count !== 'number' || value.boot !== bootId()) return null;
    const { count, boot, session = null, process = null } = value;
    return { count, boot, session, process };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'EISDIR') return null;
    throw error;
  }
}

/** In place, for the locks are on this very file. */
function writeCount(path: string, file: CountFile): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, JSON.stringify(file).padEnd(240), 0);
  } finally {
    closeSync(fd);
  }
}

function isElsewhere(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) !== readlinkSync('/proc/self/ns/mnt');
  } catch {
    return true;
  }
}

const pause = 2;

/** Has a holder unmount and end. */
function endHolder(pid: number, path: string): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
  const waiting = new Waiting(`the end of the mount ${path}`);
  while (lockOwner(path) === pid) {
    pauseSync(pause);
    if (waiting.isDue) waiting.look(pid);
  }
}

/** The mount whose count is in this file; null: there is none. */
export function heldMount(path: string): HeldMount | null {
  if (!existsSync(path)) return null;
  for (;;) {
    const holder = lockOwner(path);
    const file = readCount(path);
    const { count = 1, session = null, process = null } = file ?? {};
    if (holder === null) {
      // Without a holder only what needs none is there.
      const counted = file !== null && count > 0 && session === null && process === null;
      return counted ? { count, holder, elsewhere: false, session, process } : null;
    }
    if ([session, process].every((of) => of === null || isAlive(of))) {
      return { count, holder, elsewhere: isElsewhere(holder), session, process };
    }
    // The process that the mount goes with has ended: the holder is about to follow.
    endHolder(holder, path);
  }
}

/** The holder's arguments after the common ones. */
function sourceArguments(source: Exclude<HeldSource, { kind: 'none' }>): string[] {
  switch (source.kind) {
    case 'overlay':
      return ['--legacy', source.legacy ? '1' : '0', '--', ...source.options];
    case 'fuse':
      return ['--', ...source.argv];
    case 'running': {
      const words = ['--pid', String(source.pid), '--start', String(source.startTicks)];
      const server = unsharedSession()?.server ?? '';
      return [...words, '--server', server, '--'];
    }
  }
}

/** Mounts and leaves a holder behind. Throws BryoError `mount-failed`. */
function startHolder(
  path: string,
  target: string,
  source: Exclude<HeldSource, { kind: 'none' }>,
): void {
  const session = String(unsharedSession()?.pid ?? 0);
  const common = ['--lock', path, '--target', target, '--session', session, '--type', source.kind];
  const argv = ['bryo-launcher', 'hold-mount', ...common, ...sourceArguments(source)];
  const result = runProgram({ path: libexecPath('bryo-launcher'), argv });
  if (result.exitCode === 0) return;
  const why = result.stderr.trim() || 'the mount failed';
  throw new BryoError('mount-failed', `cannot mount at ${target}: ${why}`);
}

export interface MountRequest {
  /** The file of the count. */
  path: string;
  /** The directory to mount on. */
  target: string;
  /** The name of the mount, for messages: `container web`. */
  name: string;
  /** Asked only when nothing is mounted yet. */
  source(): HeldSource;
}

/**
 * Mounts, or counts one more use of what is mounted. Throws BryoError `mount-failed`, or
 * `mounted-elsewhere` for what another session holds.
 */
export async function holdMount({ path, target, name, source }: MountRequest): Promise<void> {
  const lock = await acquireLock(path, 'exclusive');
  try {
    const held = heldMount(path);
    if (held !== null) {
      if (held.elsewhere) {
        throw new BryoError('mounted-elsewhere', `${name} is mounted in another session`, {
          hint: "'bryo unmount' ends that, or the end of the session does",
        });
      }
      const { session, process } = held;
      writeCount(path, { boot: bootId(), session, process, count: held.count + 1 });
      return;
    }
    const what = source();
    const leader = what.kind === 'none' ? null : (unsharedSession()?.pid ?? null);
    const file = {
      boot: bootId(),
      session: leader === null ? null : processIdentity(leader),
      process: what.kind === 'running' ? identityOf(what.pid, what.startTicks) : null,
    };
    writeCount(path, { ...file, count: 1 });
    if (what.kind === 'none') return;
    try {
      startHolder(path, target, what);
    } catch (error) {
      writeCount(path, { ...file, count: 0 });
      throw error;
    }
  } finally {
    lock.release();
  }
}

/**
 * Takes one use back, all of them with `force`; what nobody uses any more is unmounted. Returns
 * whether there was one.
 */
export async function releaseMount(path: string, force: boolean): Promise<boolean> {
  if (!existsSync(path)) return false;
  const lock = await acquireLock(path, 'exclusive');
  try {
    const held = heldMount(path);
    if (held === null) return false;
    const count = force ? 0 : held.count - 1;
    writeCount(path, { boot: bootId(), session: held.session, process: held.process, count });
    if (count <= 0 && held.holder !== null) endHolder(held.holder, path);
    return true;
  } finally {
    lock.release();
  }
}
