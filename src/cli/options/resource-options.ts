import { statSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { type DeviceLimit, noLimits, type ResourceLimits } from '../../request/limits.ts';
import { badValue, readNumber, readPair } from '../../request/values.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';

/** Limits by control groups: flags of `run`, `create` and `update`. */
export const resourceOptions: readonly OptionSpec[] = [
  { name: 'memory', short: 'm', value: 'SIZE', help: 'most memory, such as 512m; -1: no limit' },
  {
    name: 'memory-swap',
    value: 'SIZE',
    help: 'most memory and swap together; -1: no limit; twice --memory unless given',
  },
  {
    name: 'memory-reservation',
    value: 'SIZE',
    help: 'memory that is left to the container when there is little',
  },
  { name: 'cpus', value: 'NUMBER', help: 'most processor time, in processors: 1.5' },
  {
    name: 'cpu-shares',
    short: 'c',
    value: 'NUMBER',
    help: 'share of processor time, 1024 is even',
  },
  { name: 'cpu-quota', value: 'MICROSECONDS', help: 'processor time per --cpu-period' },
  { name: 'cpu-period', value: 'MICROSECONDS', help: 'period of --cpu-quota; 100000 unless given' },
  { name: 'cpuset-cpus', value: 'LIST', help: 'processors to run on, such as 0-2,7' },
  { name: 'cpuset-mems', value: 'LIST', help: 'memory nodes to use' },
  {
    name: 'pids-limit',
    value: 'NUMBER',
    help: 'most processes and threads; -1: no limit; 2048 where control groups are at hand',
  },
  { name: 'blkio-weight', value: 'NUMBER', help: 'share of disk time, 10 to 1000' },
  { name: 'device-read-bps', value: 'DEVICE:SIZE', repeat: true, help: 'most bytes read a second' },
  {
    name: 'device-write-bps',
    value: 'DEVICE:SIZE',
    repeat: true,
    help: 'most bytes written a second',
  },
  { name: 'device-read-iops', value: 'DEVICE:NUMBER', repeat: true, help: 'most reads a second' },
  { name: 'device-write-iops', value: 'DEVICE:NUMBER', repeat: true, help: 'most writes a second' },
];

function readMemory(text: string | null): number | null {
  if (text === null) return null;
  return text === '-1' ? -1 : parseSize(text);
}

/** podman's 0 says the same as if the flag were not there. */
function unlessZero(text: string | null): string | null {
  return text !== null && /^0+(\.0*)?$/.test(text) ? null : text;
}

function readWithin(flag: string, text: string | null, least: number, most: number): number | null {
  if (text === null) return null;
  const value = readNumber(flag, text, least);
  if (value > most) throw badValue(flag, text, `at most ${most}`);
  return value;
}

function readSet(flag: string, text: string | null): string | null {
  if (text === null) return null;
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) throw badValue(flag, text, 'a list such as 0-2,7');
  return text;
}

const processorPeriod = 100_000;

/** Where the values of flags come from. */
export type Values = Pick<ParsedArguments, 'text' | 'texts'>;

function readProcessorTime(invocation: Values): {
  quota: number | null;
  period: number | null;
} {
  const cpus = invocation.text('cpus');
  const quota = invocation.text('cpu-quota');
  for (const [name, given] of [
    ['cpu-period', invocation.text('cpu-period')],
    ['cpu-quota', quota],
  ] as const) {
    if (cpus === null || given === null) continue;
    throw new BryoError('bad-flag-value', `--${name} and --cpus cannot be set together`);
  }
  const periodText = unlessZero(invocation.text('cpu-period'));
  const period = readWithin('--cpu-period', periodText, 1000, 1_000_000);
  if (cpus === null) {
    return { quota: quota === null ? null : readNumber('--cpu-quota', quota, -1) || -1, period };
  }
  if (unlessZero(cpus) === null) return { quota: -1, period: null };
  const number = Number(cpus);
  if (!/^\d*\.?\d+$/.test(cpus) || number < 0.01) {
    throw badValue('--cpus', cpus, 'a number of at least 0.01 is needed');
  }
  return { quota: Math.round(number * processorPeriod), period: processorPeriod };
}

/** Numbers of a block device's node; those of the whole disk are what io.max takes. */
function deviceNumbers(flag: string, text: string, path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isBlockDevice()) {
    throw badValue(flag, text, `${JSON.stringify(path)} is not a block device`);
  }
  const major = Math.floor(stat.rdev / 256) % 4096;
  const minor = (stat.rdev % 256) + Math.floor(stat.rdev / 1048576) * 256;
  return `${major}:${minor}`;
}

function readDeviceLimits(invocation: Values): DeviceLimit[] {
  const kinds = {
    'device-read-bps': 'rbps',
    'device-write-bps': 'wbps',
    'device-read-iops': 'riops',
    'device-write-iops': 'wiops',
  } as const;
  return Object.entries(kinds).flatMap(([name, kind]) =>
    invocation.texts(name).map((text) => {
      const colon = text.lastIndexOf(':');
      const flag = `--${name}`;
      if (colon < 1) throw badValue(flag, text, 'DEVICE:LIMIT is needed');
      const limit = text.slice(colon + 1);
      const value = name.endsWith('bps') ? parseSize(limit) : readNumber(flag, limit, 1);
      return { device: deviceNumbers(flag, text, text.slice(0, colon)), kind, value };
    }),
  );
}

/** The limits that flags ask for; -1 takes one away that there was. Throws BryoError for what cannot be read. */
export function readResources(invocation: Values): ResourceLimits {
  const { text } = invocation;
  const { quota, period } = readProcessorTime(invocation);
  const pids = text('pids-limit');
  const memory = readMemory(text('memory'));
  const limits: ResourceLimits = {
    ...noLimits(),
    memory: memory === 0 ? -1 : memory,
    memorySwap: readMemory(unlessZero(text('memory-swap'))),
    memoryReservation: readMemory(text('memory-reservation')),
    cpuShares: readWithin('--cpu-shares', unlessZero(text('cpu-shares')), 2, 262_144),
    cpuQuota: quota,
    cpuPeriod: period,
    cpusetCpus: readSet('--cpuset-cpus', text('cpuset-cpus')),
    cpusetMems: readSet('--cpuset-mems', text('cpuset-mems')),
    // As podman has it, 0 is no limit, too.
    pids: pids === null ? null : readNumber('--pids-limit', pids, -1) || -1,
    blkioWeight: readWithin('--blkio-weight', unlessZero(text('blkio-weight')), 10, 1000),
    devices: readDeviceLimits(invocation),
  };
  const { memorySwap } = limits;
  if (memorySwap !== null && memorySwap >= 0 && memory !== null && memorySwap < memory) {
    throw new BryoError(
      'bad-flag-value',
      '--memory-swap is less than --memory: it is the sum of memory and swap',
    );
  }
  return limits;
}

/** The limits of a new container, which has none yet that could be taken away. */
export function readNewResources(invocation: Values): ResourceLimits {
  const limits = readResources(invocation);
  const { memory, memorySwap, memoryReservation, cpuQuota } = limits;
  return {
    ...limits,
    memory: memory === -1 ? null : memory,
    memorySwap: memorySwap === -1 && (memory ?? -1) === -1 ? null : memorySwap,
    memoryReservation: memoryReservation === 0 ? null : memoryReservation,
    cpuQuota: cpuQuota === -1 ? null : cpuQuota,
  };
}

/** `--cgroup-conf FILE=VALUE` for files of the group that no flag has. */
export function readCgroupConf(words: readonly string[]): Record<string, string> {
  for (const word of words) {
    if (!/^[a-z_]+\.[a-z0-9_.]+=/.test(word)) {
      throw badValue('--cgroup-conf', word, 'FILE=VALUE is needed, such as memory.high=64M');
    }
  }
  return Object.fromEntries(words.map(readPair));
}
