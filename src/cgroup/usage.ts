import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Use by the processes of a group. Null: the controller is not enabled, or the kernel is without it. */
export interface GroupUsage {
  /** Microseconds of processor time. */
  cpu: number;
  /** Bytes. */
  memory: number | null;
  /** Bytes; null: no limit. */
  memoryLimit: number | null;
  processes: number | null;
  /** Bytes read and written. */
  io: { read: number; written: number } | null;
  /** Share of the last ten seconds in which some process waited, in percent (PSI). */
  pressure: { cpu: number | null; memory: number | null; io: number | null };
}

function read(group: string, file: string): string | null {
  try {
    return readFileSync(join(group, file), 'utf8');
  } catch {
    return null;
  }
}

function number(text: string | null): number | null {
  if (text === null || text.trim() === 'max') return null;
  return Number(text);
}

function pressure(group: string, kind: string): number | null {
  const [, share] = /^some avg10=([0-9.]+)/.exec(read(group, `${kind}.pressure`) ?? '') ?? [];
  return share === undefined ? null : Number(share);
}

/** Sums over the devices of io.stat. */
function io(group: string): GroupUsage['io'] {
  const text = read(group, 'io.stat');
  if (text === null) return null;
  const sum = (key: string): number =>
    [...text.matchAll(new RegExp(` ${key}=(\\d+)`, 'g'))].reduce(
      (all, [, n]) => all + Number(n),
      0,
    );
  return { read: sum('rbytes'), written: sum('wbytes') };
}

/** Reads a group's accounting; null when it is gone (cgroups(7), "cpu.stat" and the like). */
export function groupUsage(group: string): GroupUsage | null {
  const [, cpu] = /^usage_usec (\d+)$/m.exec(read(group, 'cpu.stat') ?? '') ?? [];
  if (cpu === undefined) return null;
  return {
    cpu: Number(cpu),
    memory: number(read(group, 'memory.current')),
    memoryLimit: number(read(group, 'memory.max')),
    processes: number(read(group, 'pids.current')),
    io: io(group),
    pressure: {
      cpu: pressure(group, 'cpu'),
      memory: pressure(group, 'memory'),
      io: pressure(group, 'io'),
    },
  };
}
