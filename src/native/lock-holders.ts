import {
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';

/** A lock in /proc/locks or in a descriptor's fdinfo (proc(5)); lines of those who wait have an arrow. */
const line =
  /\d+: (?:FLOCK|POSIX|OFDLCK) +\w+ +\w+ (-?\d+) ([\da-f]+:[\da-f]+):(\d+) (\d+) (\d+|EOF)$/;
/** BTRFS_SUPER_MAGIC (statfs(2)). */
const btrfs = 0x9123683e;

interface Lock {
  /** -1: of an open file description, which belongs to whoever has it open. */
  pid: number;
  /** The filesystem's numbers, in hexadecimal as proc_locks(5) has them: `08:01`. */
  device: string;
  inode: number;
  start: number;
  end: number;
}

function readLocks(path: string): Lock[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((row) => {
    const [, pid, device = '', inode, start, end] = line.exec(row) ?? [];
    if (end === undefined) return [];
    const last = end === 'EOF' ? Number.POSITIVE_INFINITY : Number(end);
    return [{ pid: Number(pid), device, inode: Number(inode), start: Number(start), end: last }];
  });
}

/** Tells the locks of a file from others; null when there is no such file. */
function locksOf(path: string): ((lock: Lock) => boolean) | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  const inode = Number(found.ino);
  // A subvolume has a device of its own, which /proc/locks does not know.
  if (statfsSync(path).type === btrfs) return (lock) => lock.inode === inode;
  const device = deviceName(found.dev);
  return (lock) => lock.inode === inode && lock.device === device;
}

/** The layout of the number is that of makedev(3). */
function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((number) => number.toString(16).padStart(2, '0')).join(':');
}

/** Whether any process has a lock on the file. */
export function isLocked(path: string): boolean {
  const isOfFile = locksOf(path);
  return isOfFile !== null && readLocks('/proc/locks').some(isOfFile);
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Processes that have the file open through a description with such a lock. */
function findOpen(path: string, holds: (lock: Lock) => boolean): number[] {
  const real = realpathSync(path);
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      list(`/proc/${pid}/fd`).some(
        (fd) =>
          linkOf(`/proc/${pid}/fd/${fd}`) === real &&
          readLocks(`/proc/${pid}/fdinfo/${fd}`).some(holds),
      ),
    )
    .map(Number);
}

/**
 * Pids of the other processes that hold a lock on a file, at this byte of it; of the caller's processes at
 * least. For a message: it reads much of /proc.
 */
export function lockHolders(path: string, offset = 0): number[] {
  const isOfFile = locksOf(path);
  if (isOfFile === null) return [];
  const holds = (lock: Lock): boolean =>
    isOfFile(lock) && lock.start <= offset && offset <= lock.end;
  const named = readLocks('/proc/locks').filter(holds);
  const pids = named.some(({ pid }) => pid <= 0)
    ? findOpen(path, holds)
    : named.map(({ pid }) => pid);
  return pids.filter((pid) => pid !== process.pid);
}
