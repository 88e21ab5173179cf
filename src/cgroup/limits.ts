import type { ResourceLimits } from '../request/limits.ts';

/** One write to a file of a control group. */
export interface CgroupSetting {
  file: string;
  value: string;
  /** The words that asked for the limit, for error messages. */
  origin: string;
}

const defaultPeriod = 100_000;

function orMax(value: number): string {
  return value < 0 ? 'max' : String(value);
}

/** 2…262144 of cgroup v1 on 1…10000 of v2, as runc and crun do it. */
export function cpuWeight(shares: number): number {
  const within = Math.min(Math.max(shares, 2), 262_144);
  return 1 + Math.floor(((within - 2) * 9999) / 262_142);
}

/** 10…1000 of cgroup v1 on 1…10000 of v2. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/** memory.swap.max counts swap alone. Without a word about it there may be as much as memory. */
function swapLimit({ memory, memorySwap }: ResourceLimits): string | null {
  if (memorySwap === -1) return 'max';
  if (memory === null || memory < 0) return memorySwap === null ? null : String(memorySwap);
  return String(memorySwap === null ? memory : memorySwap - memory);
}

/** Names of settings where they were asked for, for error messages. */
export type LimitNames = Record<Exclude<keyof ResourceLimits, 'cpuPeriod'>, string>;

const flagNames: LimitNames = {
  memory: '--memory',
  memorySwap: '--memory-swap',
  memoryReservation: '--memory-reservation',
  cpuShares: '--cpu-shares',
  cpuQuota: '--cpus',
  cpusetCpus: '--cpuset-cpus',
  cpusetMems: '--cpuset-mems',
  pids: '--pids-limit',
  blkioWeight: '--blkio-weight',
  devices: '--device-read-bps and the like',
  unified: '--cgroup-conf',
};

/** The files to write for limits, in an order in which none refuses the next. */
export function settingsOf(limits: ResourceLimits, names: LimitNames = flagNames): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const set = (name: keyof LimitNames, file: string, value: string | null): void => {
    if (value !== null) settings.push({ file, value, origin: names[name] });
  };
  const number = (name: keyof LimitNames, file: string, value: number | null): void =>
    set(name, file, value === null ? null : orMax(value));
  const { cpuShares, blkioWeight } = limits;
  number('memory', 'memory.max', limits.memory);
  set('memorySwap', 'memory.swap.max', swapLimit(limits));
  number('memoryReservation', 'memory.low', limits.memoryReservation);
  number('cpuShares', 'cpu.weight', cpuShares === null ? null : cpuWeight(cpuShares));
  if (limits.cpuQuota !== null || limits.cpuPeriod !== null) {
    const quota = orMax(limits.cpuQuota ?? -1);
    set('cpuQuota', 'cpu.max', `${quota} ${limits.cpuPeriod ?? defaultPeriod}`);
  }
  set('cpusetCpus', 'cpuset.cpus', limits.cpusetCpus);
  set('cpusetMems', 'cpuset.mems', limits.cpusetMems);
  number('pids', 'pids.max', limits.pids);
  const weight = blkioWeight === null ? null : `default ${ioWeight(blkioWeight)}`;
  set('blkioWeight', 'io.weight', weight);
  for (const { device, kind, value } of limits.devices) {
    set('devices', 'io.max', `${device} ${kind}=${value}`);
  }
  for (const [file, value] of Object.entries(limits.unified)) set('unified', file, value);
  return settings;
}
