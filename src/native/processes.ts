import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return null;
    throw error;
  }
}

/**
 * Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)), null when
 * there is no such process or only its status is left (a zombie). Pid and start time together name a process for one boot.
 */
export function processStartTicks(pid: number): number | null {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The command's name may hold spaces and parentheses: fields are counted after its last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? null : Number(fields[19]);
}

/** Pid of a process's parent; null: there is no such process. */
export function parentPid(pid: number): number | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

let boot: string | undefined;

/** The kernel's random id of this boot. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

/** `<pid>-<start ticks>-<boot id>` of a process: a name that no other process ever has. */
export function identityOf(pid: number, startTicks: number): string {
  return `${pid}-${startTicks}-${bootId()}`;
}

/** The identity of a process that is there. */
export function processIdentity(pid: number): string {
  return identityOf(pid, processStartTicks(pid) ?? 0);
}

let own: string | undefined;

/** The identity of this process. */
export function ownIdentity(): string {
  own ??= processIdentity(process.pid);
  return own;
}

/** Whether the process that `processIdentity` named is still there. */
export function isAlive(identity: string): boolean {
  const [, pid, start, ownBoot] = /^(\d+)-(\d+)-([0-9a-f-]+)$/.exec(identity) ?? [];
  if (pid === undefined || ownBoot !== bootId()) return false;
  return processStartTicks(Number(pid)) === Number(start);
}

const namespaceFiles = ['pid', 'net', 'mnt', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;

/** The kind of namespaces in which a process differs from this one (namespaces(7)). */
export function differingNamespaces(pid: number): (typeof namespaceFiles)[number][] {
  return namespaceFiles.filter((name) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/${name}`) !== readlinkSync(`/proc/self/ns/${name}`);
    } catch {
      return true;
    }
  });
}

function pidNamespace(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

/**
 * Pids, as the caller sees them, of all processes in the pid namespace of a process; null when that
 * is the caller's own. Namespaces below it are not looked into.
 */
export function pidNamespaceMembers(pid: number): number[] | null {
  const own = pidNamespace(pid);
  if (own === null) return [];
  if (own === pidNamespace('self')) return null;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => pidNamespace(other) === own);
}

/** Pids of the direct children of all threads of a process. */
export function childPids(pid: number): number[] {
  const children: number[] = [];
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return children;
  }
  for (const task of tasks) {
    const text = readProc(`/proc/${pid}/task/${task}/children`) ?? '';
    children.push(...text.split(' ').filter(Boolean).map(Number));
  }
  return children;
}
