import type { ResourceLimits } from '../../request/limits.ts';
import { deviceLimits } from '../containers/inspect/host-config.ts';

/** As podman sees it: without a word about swap there may be as much as memory. */
function memoryAndSwap({ memory, memorySwap }: ResourceLimits): number {
  if (memorySwap !== null) return memorySwap;
  return memory === null ? 0 : 2 * memory;
}

/**
 * A pod's limits with the names of podman's InspectPodData, which leaves out what is not limited,
 * and what templates call them.
 */
export const podLimitNames = {
  cpu_period: 'CPUPeriod',
  cpu_quota: 'CPUQuota',
  cpu_shares: 'CPUShares',
  cpuset_cpus: 'CPUSetCPUs',
  cpuset_mems: 'CPUSetMems',
  memory_limit: 'MemoryLimit',
  memory_swap: 'MemorySwap',
  blkio_weight: 'BlkioWeight',
  blkio_weight_device: 'BlkioWeightDevice',
  device_read_bps: 'BlkioDeviceReadBps',
  device_write_bps: 'BlkioDeviceWriteBps',
} as const;

type LimitName = keyof typeof podLimitNames;

const emptyTexts: readonly LimitName[] = ['cpuset_cpus', 'cpuset_mems'];
const emptyLists: readonly LimitName[] = [
  'blkio_weight_device',
  'device_read_bps',
  'device_write_bps',
];

function limitObject(limits: ResourceLimits): Partial<Record<LimitName, unknown>> {
  return {
    cpu_period: limits.cpuPeriod ?? 0,
    cpu_quota: Math.max(limits.cpuQuota ?? 0, 0),
    cpu_shares: limits.cpuShares ?? 0,
    cpuset_cpus: limits.cpusetCpus ?? '',
    cpuset_mems: limits.cpusetMems ?? '',
    // Types without a sign: what is unlimited is left out.
    memory_limit: Math.max(limits.memory ?? 0, 0),
    memory_swap: Math.max(memoryAndSwap(limits), 0),
    blkio_weight: limits.blkioWeight ?? 0,
    device_read_bps: deviceLimits(limits, 'rbps'),
    device_write_bps: deviceLimits(limits, 'wbps'),
  };
}

/** The limits as JSON shows them. */
export function limitFields(limits: ResourceLimits | null): Record<string, unknown> {
  const fields = limits === null ? {} : limitObject(limits);
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== 0 && value !== '' && value !== null),
  );
}

/** A template's value for a limit that JSON leaves out. */
export function absentLimit(name: string): unknown {
  if (emptyTexts.some((one) => one === name)) return '';
  return emptyLists.some((one) => one === name) ? [] : 0;
}
