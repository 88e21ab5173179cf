import type { LimitNames } from '../cgroup/limits.ts';
import { noLimits, type ResourceLimits } from '../request/limits.ts';
import type { Fields } from './fields.ts';

/** Where a configuration says what, for errors of the kernel's. */
export const limitNames: LimitNames = {
  memory: 'linux.resources.memory.limit',
  memorySwap: 'linux.resources.memory.swap',
  memoryReservation: 'linux.resources.memory.reservation',
  cpuShares: 'linux.resources.cpu.shares',
  cpuQuota: 'linux.resources.cpu.quota',
  cpusetCpus: 'linux.resources.cpu.cpus',
  cpusetMems: 'linux.resources.cpu.mems',
  pids: 'linux.resources.pids.limit',
  blkioWeight: 'linux.resources.blockIO.weight',
  devices: 'linux.resources.blockIO',
  unified: 'linux.resources',
};

/** 0 is Go's zero value and means that nothing was asked for; -1 is no limit. */
function limit(fields: Fields | null, name: string): number | null {
  return fields?.optionalInteger(name) || null;
}

function text(fields: Fields | null, name: string): string | null {
  return fields?.optionalText(name) || null;
}

/** Properties that the unified hierarchy has no counterpart of, when they ask for something. */
function refuse(fields: Fields | null, names: readonly string[], why: string): void {
  for (const name of names) {
    if (fields?.has(name) && !['0', 'false', '[]', '""', '-1'].includes(fields.json(name))) {
      throw fields.unsupported(name, why);
    }
  }
}

const throttles = {
  throttleReadBpsDevice: 'rbps',
  throttleWriteBpsDevice: 'wbps',
  throttleReadIOPSDevice: 'riops',
  throttleWriteIOPSDevice: 'wiops',
} as const;

function deviceLimits(blockIo: Fields | null): ResourceLimits['devices'] {
  if (blockIo === null) return [];
  return Object.entries(throttles).flatMap(([name, kind]) =>
    blockIo.objects(name).map((fields) => ({
      device: `${fields.unsigned('major')}:${fields.unsigned('minor')}`,
      kind,
      value: fields.optionalInteger('rate') ?? 0,
    })),
  );
}

/** Files that have no field of their own in ResourceLimits. */
function otherFiles(resources: Fields, cpu: Fields | null, io: Fields | null) {
  const files: Record<string, string> = {};
  const idle = limit(cpu, 'idle');
  if (idle !== null) files['cpu.idle'] = String(idle);
  const burst = limit(cpu, 'burst');
  if (burst !== null) files['cpu.max.burst'] = String(burst);
  for (const page of resources.objects('hugepageLimits')) {
    files[`hugetlb.${page.text('pageSize')}.max`] = String(page.optionalInteger('limit') ?? 'max');
  }
  if (io !== null && io.objects('weightDevice').length > 0) {
    throw io.unsupported('weightDevice', 'weights of single devices are not supported');
  }
  refuse(resources, ['rdma'], 'limits of rdma are not supported');
  return { ...files, ...resources.textMap('unified') };
}

/**
 * Reads `linux.resources` for the unified hierarchy (config-linux.md, "Control groups"). The rules
 * of `devices` hold without a control group: no device node can be made without root.
 */
export function readResources(resources: Fields | null): ResourceLimits {
  if (resources === null) return noLimits();
  const memory = resources.optionalObject('memory');
  const cpu = resources.optionalObject('cpu');
  const io = resources.optionalObject('blockIO');
  const gone = 'the unified hierarchy has no such limit';
  refuse(memory, ['kernel', 'kernelTCP', 'swappiness', 'disableOOMKiller'], gone);
  refuse(cpu, ['realtimeRuntime', 'realtimePeriod'], gone);
  refuse(io, ['leafWeight'], gone);
  refuse(resources.optionalObject('network'), ['classID', 'priorities'], gone);
  return {
    memory: limit(memory, 'limit'),
    memorySwap: limit(memory, 'swap'),
    memoryReservation: limit(memory, 'reservation'),
    cpuShares: limit(cpu, 'shares'),
    cpuQuota: limit(cpu, 'quota'),
    cpuPeriod: limit(cpu, 'period'),
    cpusetCpus: text(cpu, 'cpus'),
    cpusetMems: text(cpu, 'mems'),
    pids: limit(resources.optionalObject('pids'), 'limit'),
    blkioWeight: limit(io, 'weight'),
    devices: deviceLimits(io),
    unified: otherFiles(resources, cpu, io),
  };
}
