import { statSync } from 'node:fs';
import type { LimitsRequest } from '../../request/container.ts';
import {
  type DeviceLimit,
  noLimits,
  type ResourceLimits,
  type UlimitRequest,
} from '../../request/limits.ts';
import { type Field, refuse } from './field.ts';

/** Microseconds: the usual period in which processors are shared out. */
const usualPeriod = 100_000;
const unlimited = -1;

/** Bytes; null: nothing is asked for; -1: no limit. */
function readBytes(field: Field): number | null {
  return field.amount(unlimited);
}

export function readSet(field: Field): string | null {
  const text = field.word();
  if (text !== null && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) {
    throw field.problem('a list such as 0-2,7 is needed');
  }
  return text;
}

function readProcessorTime(host: Field): Pick<ResourceLimits, 'cpuQuota' | 'cpuPeriod'> {
  const nano = host.get('NanoCpus');
  const period = host.get('CpuPeriod').amount(1000, 1_000_000);
  const quota = host.get('CpuQuota').amount(unlimited);
  const cpus = nano.amount(0);
  if (cpus === null) return { cpuQuota: quota, cpuPeriod: period };
  if (period !== null || quota !== null) {
    throw nano.problem('it cannot be set together with CpuPeriod and CpuQuota');
  }
  if (cpus < 10_000_000) throw nano.problem('at least 10000000 (0.01 processors) is needed');
  return { cpuQuota: Math.round((cpus / 1e9) * usualPeriod), cpuPeriod: usualPeriod };
}

/** The numbers of a block device's node, as io.max takes them. */
export function deviceNumbers(field: Field): string {
  const path = field.text() ?? '';
  const stat = path.startsWith('/') ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || !stat.isBlockDevice()) {
    throw field.problem(`${JSON.stringify(path)} is not a block device`);
  }
  const major = Math.floor(stat.rdev / 256) % 4096;
  const minor = (stat.rdev % 256) + Math.floor(stat.rdev / 1_048_576) * 256;
  return `${major}:${minor}`;
}

function readDeviceLimits(host: Field): DeviceLimit[] {
  const kinds = {
    BlkioDeviceReadBps: 'rbps',
    BlkioDeviceWriteBps: 'wbps',
    BlkioDeviceReadIOps: 'riops',
    BlkioDeviceWriteIOps: 'wiops',
  } as const;
  return Object.entries(kinds).flatMap(([name, kind]) =>
    host
      .get(name)
      .items()
      .map((item) => ({
        device: deviceNumbers(item.get('Path')),
        kind,
        value: item.get('Rate').number(1) ?? 1,
      })),
  );
}

/** Limits by control groups (Resources): of a new container, and of one that is changed. */
export function readResources(host: Field): ResourceLimits {
  refuse(host, {
    BlkioWeightDevice: 'weights of single devices are not supported',
    CpuRealtimePeriod: 'control groups of version 2 have no time for real-time processes',
    CpuRealtimeRuntime: 'control groups of version 2 have no time for real-time processes',
    DeviceCgroupRules: 'rules of devices need root; Devices gives those that the caller may use',
    CpuCount: 'it is for Windows',
    CpuPercent: 'it is for Windows',
    IOMaximumIOps: 'it is for Windows',
    IOMaximumBandwidth: 'it is for Windows',
  });
  const memory = readBytes(host.get('Memory'));
  const swap = host.get('MemorySwap');
  const memorySwap = readBytes(swap);
  if (memorySwap !== null && memorySwap >= 0 && memory !== null && memorySwap < memory) {
    throw swap.problem('it is less than Memory: it is the sum of memory and swap');
  }
  return {
    ...noLimits(),
    memory,
    memorySwap,
    memoryReservation: readBytes(host.get('MemoryReservation')),
    cpuShares: host.get('CpuShares').amount(2, 262_144),
    ...readProcessorTime(host),
    cpusetCpus: readSet(host.get('CpusetCpus')),
    cpusetMems: readSet(host.get('CpusetMems')),
    pids: host.get('PidsLimit').amount(unlimited),
    blkioWeight: host.get('BlkioWeight').amount(10, 1000),
    devices: readDeviceLimits(host),
  };
}

/** The limits of a new container, which has none yet that could be taken away. */
function readNewResources(host: Field): ResourceLimits {
  const limits = readResources(host);
  const { memory, memorySwap, cpuQuota } = limits;
  return {
    ...limits,
    memory: memory === unlimited ? null : memory,
    memorySwap: memorySwap === unlimited && (memory ?? unlimited) === unlimited ? null : memorySwap,
    cpuQuota: cpuQuota === unlimited ? null : cpuQuota,
  };
}

function readUlimit(field: Field): UlimitRequest {
  const name = field.get('Name').text() ?? '';
  if (!/^[a-z]+$/.test(name)) throw field.get('Name').problem('a name such as nofile is needed');
  const soft = field.get('Soft').number(unlimited) ?? 0;
  const hard = field.get('Hard').number(unlimited) ?? soft;
  if (hard >= 0 && (soft < 0 || soft > hard)) {
    throw field.problem(`the soft limit (${soft}) is more than the hard one (${hard})`);
  }
  return { name, soft, hard };
}

/** Control groups and other limits of a new container (HostConfig). */
export function readLimits(host: Field): Omit<LimitsRequest, 'cgroups' | 'oomScoreAdj'> & {
  oomScoreAdj: number | null;
} {
  return {
    cgroupParent: host.get('CgroupParent').word(),
    resources: readNewResources(host),
    oomScoreAdj: host.get('OomScoreAdj').amount(-1000, 1000),
    ulimits: host.get('Ulimits').items().map(readUlimit),
    sysctls: host.get('Sysctls').textMap(),
  };
}
