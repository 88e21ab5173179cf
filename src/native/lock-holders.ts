import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';

/** A lock in /proc/locks or in a descriptor's fdinfo (proc(5)); lines of those who wait have an arrow. */
const line =
  /\d+: (?:FLOCK|POSIX|OFDLCK) +\w+ +\w+ (-?\d+) [\da-f]+:[\da-f]+:(\d+) (\d+) (\d+|EOF)$/;

interface Lock {
  /** -1: of an open file description, which belongs to whoever has it open. */
  pid: number;
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
    const [, pid, inode, start, end] = line.exec(row) ?? [];
    if (end === undefined) return [];
    const last = end === 'EOF' ? Number.POSITIVE_INFINITY : Number(end);
    return [{ pid: Number(pid), inode: Number(inode), start: Number(start), end: last }];
  });
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
  const ino = statSync(path, { throwIfNoEntry: false })?.ino;
  if (ino === undefined) return [];
  const holds = ({ inode, start, end }: Lock): boolean =>
    inode === ino && start <= offset && offset <= end;
  const named = readLocks('/proc/locks').filter(holds);
  const pids = named.some(({ pid }) => pid <= 0)
    ? findOpen(path, holds)
    : named.map(({ pid }) => pid);
  return pids.filter((pid) => pid !== process.pid);
}
