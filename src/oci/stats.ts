import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listDirectory } from '../store/list-directory.ts';

/** The largest number stands for no limit in runc's events. */
const noLimit = 0xffff_ffff_ffff_ffffn;

function read(group: string, file: string): string {
  try {
    return readFileSync(join(group, file), 'utf8');
  } catch {
    // The controller is not enabled, or the group is gone.
    return '';
  }
}

/** The lines `name number` of a file. */
function table(group: string, file: string): Record<string, bigint> {
  const rows = [...read(group, file).matchAll(/^(\S+) (\d+)$/gm)];
  return Object.fromEntries(rows.map(([, name = '', value = '0']) => [name, BigInt(value)]));
}

function number(group: string, file: string): bigint {
  const text = read(group, file).trim();
  return text === 'max' ? noLimit : BigInt(/^\d+$/.test(text) ? text : 0);
}

/** Pressure stall information (Documentation/accounting/psi.rst). */
function pressure(group: string, file: string) {
  const rows = [...read(group, file).matchAll(/^(some|full) (.*)$/gm)];
  if (rows.length === 0) return undefined;
  const values = (text: string): Record<string, number> =>
    Object.fromEntries(
      text.split(' ').map((word) => {
        const [name = '', value = '0'] = word.split('=');
        return [name, Number(value)];
      }),
    );
  return Object.fromEntries(rows.map(([, kind = '', text = '']) => [kind, values(text)]));
}

/** Entries of io.stat, one for each device and direction. */
function ioEntries(group: string, names: { Read: string; Write: string }) {
  const devices = [...read(group, 'io.stat').matchAll(/^(\d+):(\d+) (.*)$/gm)];
  return devices.flatMap(([, major, minor, text = '']) =>
    Object.entries(names).map(([op, name]) => {
      const [, value = '0'] = new RegExp(`\\b${name}=(\\d+)`).exec(text) ?? [];
      return { major: Number(major), minor: Number(minor), op, value: BigInt(value) };
    }),
  );
}

function hugePages(group: string) {
  const sizes = listDirectory(group).flatMap((name) => {
    const [, size] = /^hugetlb\.([^.]+)\.current$/.exec(name) ?? [];
    return size === undefined ? [] : [size];
  });
  return Object.fromEntries(
    sizes.map((size) => [
      size,
      {
        usage: number(group, `hugetlb.${size}.current`),
        failcnt: table(group, `hugetlb.${size}.events`)['max'] ?? 0n,
      },
    ]),
  );
}

const perMicrosecond = 1000n;

function processorTime(group: string) {
  const stat = table(group, 'cpu.stat');
  const time = (name: string): bigint => (stat[name] ?? 0n) * perMicrosecond;
  return {
    usage: { total: time('usage_usec'), kernel: time('system_usec'), user: time('user_usec') },
    throttling: {
      periods: stat['nr_periods'] ?? 0n,
      throttledPeriods: stat['nr_throttled'] ?? 0n,
      throttledTime: time('throttled_usec'),
    },
    psi: pressure(group, 'cpu.pressure'),
  };
}

function memory(group: string) {
  const raw = table(group, 'memory.stat');
  const events = table(group, 'memory.events');
  const usage = number(group, 'memory.current');
  return {
    cache: raw['file'] ?? 0n,
    usage: {
      limit: number(group, 'memory.max'),
      usage,
      max: number(group, 'memory.peak'),
      failcnt: events['max'] ?? 0n,
    },
    swap: {
      limit: number(group, 'memory.swap.max'),
      usage: number(group, 'memory.swap.current'),
      failcnt: 0n,
    },
    raw,
    psi: pressure(group, 'memory.pressure'),
  };
}

/** A control group's accounting in the shape of runc's events (its package types). Times are nanoseconds. */
export function groupStats(group: string) {
  const pids = number(group, 'pids.max');
  return {
    cpu: processorTime(group),
    memory: memory(group),
    pids: { current: number(group, 'pids.current'), limit: pids === noLimit ? 0n : pids },
    blkio: {
      ioServiceBytesRecursive: ioEntries(group, { Read: 'rbytes', Write: 'wbytes' }),
      ioServicedRecursive: ioEntries(group, { Read: 'rios', Write: 'wios' }),
      psi: pressure(group, 'io.pressure'),
    },
    hugetlb: hugePages(group),
  };
}

/** How often the kernel has ended a process of a group for want of memory. */
export function memoryKills(group: string): bigint {
  return table(group, 'memory.events')['oom_kill'] ?? 0n;
}
