import { readFileSync } from 'node:fs';

export type CapabilitySet = 'ambient' | 'bounding' | 'effective' | 'inheritable' | 'permitted';

/** Numbers that name a process and what it belongs to. */
interface ProcessIds {
  /** As the caller sees it. */
  pid: number;
  /** In the innermost pid namespace it is in. */
  innerPid: number;
  parent: number;
  group: number;
  session: number;
  /** Number of its terminal; 0: none. */
  tty: number;
}

/** The rights of a process. */
interface ProcessRights {
  /** Ids as the caller sees them: real, effective. */
  uids: [number, number];
  gids: [number, number];
  groups: number[];
  /** Hexadecimal. */
  capabilities: Record<CapabilitySet, string>;
  /** Of seccomp(2): 0 none, 1 strict, 2 filter. */
  seccomp: number;
}

/** The use of a process, and since when. */
interface ProcessUsage {
  /** Clock ticks. */
  userTime: number;
  systemTime: number;
  /** Clock ticks after boot. */
  start: number;
  /** Bytes. */
  virtualSize: number;
  residentSize: number;
}

/** A process as /proc shows it (proc(5)). Its texts are its own: hostile. */
export interface ProcessStatus extends ProcessIds, ProcessRights, ProcessUsage {
  command: string;
  /** Empty for a kernel thread or a zombie. */
  args: string[];
  state: string;
  nice: number;
}

/** Ticks of the clock a second (sysconf(3), _SC_CLK_TCK): 100 on every architecture of Linux. */
export const clockTicks = 100;
const pageSize = 4096;

function numbers(text: string | undefined): number[] {
  return (text ?? '').trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Null: there is no such process any more. */
export function readProcessStatus(pid: number): ProcessStatus | null {
  let stat: string;
  let status: string;
  let line: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
    line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
  // The name may hold spaces, parentheses and line breaks: fields are counted after its last one.
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  // In status the name is escaped, so a line is what the kernel wrote.
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const at = (index: number): number => Number(fields[index - 3]);
  const [uid = 0, effectiveUid = 0] = numbers(field('Uid'));
  const [gid = 0, effectiveGid = 0] = numbers(field('Gid'));
  return {
    pid,
    innerPid: numbers(field('NSpid')).at(-1) ?? pid,
    parent: at(4),
    group: at(5),
    session: at(6),
    command: stat.slice(stat.indexOf('(') + 1, close),
    args: line.split('\0').slice(0, -1),
    state: fields[0] ?? '?',
    tty: at(7),
    nice: at(19),
    uids: [uid, effectiveUid],
    gids: [gid, effectiveGid],
    groups: numbers(field('Groups')),
    userTime: at(14),
    systemTime: at(15),
    start: at(22),
    virtualSize: at(23),
    residentSize: at(24) * pageSize,
    capabilities: {
      ambient: field('CapAmb'),
      bounding: field('CapBnd'),
      effective: field('CapEff'),
      inheritable: field('CapInh'),
      permitted: field('CapPrm'),
    },
    seccomp: Number(field('Seccomp')),
  };
}

/** The name of a process's confinement by a security module; null when there is none that says so. */
export function readSecurityLabel(pid: number): string | null {
  try {
    const label = readFileSync(`/proc/${pid}/attr/current`, 'utf8').replace(/[\0\n]+$/, '');
    return label === '' ? null : label;
  } catch {
    return null;
  }
}

/** Seconds since boot. */
export function uptimeSeconds(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/**
 * Translates ids as the caller sees them into those of a process's user namespace, by its uid_map or
 * gid_map (user_namespaces(7)). Null: the id is not mapped there.
 */
export function innerIds(pid: number, kind: 'uid' | 'gid'): (id: number) => number | null {
  let extents: number[][];
  try {
    extents = readFileSync(`/proc/${pid}/${kind}_map`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => numbers(line));
  } catch {
    extents = [];
  }
  return (id) => {
    for (const [inner = 0, outer = 0, size = 0] of extents) {
      if (id >= outer && id < outer + size) return inner + id - outer;
    }
    return null;
  };
}
