import type {
  CgroupsRequest,
  DeviceLimit,
  ResourceLimits,
  UlimitRequest,
} from '../../../request/limits.ts';
import { noLimits } from '../../../request/limits.ts';
import { Field, refuse } from '../../body/field.ts';
import { deviceNumbers, readSet } from '../../body/limits.ts';
import { HttpProblem } from '../../http/problem.ts';

const unlimited = -1;

/** Block devices with what is allowed of them: `{"/dev/vda":{"rate":1000}}`. */
const throttles = {
  throttleReadBpsDevice: 'rbps',
  throttleWriteBpsDevice: 'wbps',
  throttleReadIOPSDevice: 'riops',
  throttleWriteIOPSDevice: 'wiops',
} as const;

/** The limits of `resource_limits` (the OCI runtime specification's LinuxResources). */
export function readLinuxResources(resources: Field): ResourceLimits {
  refuse(resources, { hugepageLimits: 'limits of huge pages are not supported' });
  refuse(resources, { network: 'classes of networks are those of control groups of version 1' });
  const memory = resources.get('memory');
  const cpu = resources.get('cpu');
  refuse(memory, {
    swappiness: 'control groups of version 2 have none',
    disableOOMKiller: 'control groups of version 2 have none',
  });
  refuse(cpu, {
    realtimeRuntime: 'control groups of version 2 have no time for real-time processes',
    realtimePeriod: 'control groups of version 2 have no time for real-time processes',
  });
  return {
    ...noLimits(),
    memory: memory.get('limit').amount(unlimited),
    memorySwap: memory.get('swap').amount(unlimited),
    memoryReservation: memory.get('reservation').amount(unlimited),
    cpuShares: cpu.get('shares').amount(2, 262_144),
    cpuQuota: cpu.get('quota').amount(unlimited),
    cpuPeriod: cpu.get('period').amount(1000, 1_000_000),
    cpusetCpus: readSet(cpu.get('cpus')),
    cpusetMems: readSet(cpu.get('mems')),
    pids: resources.get('pids').get('limit').amount(unlimited),
    blkioWeight: resources.get('blockIO').get('weight').amount(10, 1000),
  };
}

const deviceRateFields = {
  DeviceReadBPs: 'rbps',
  DeviceWriteBPs: 'wbps',
  DeviceReadIOPs: 'riops',
  DeviceWriteIOPs: 'wiops',
} as const;

/** The rates of block devices that an update asks for (UpdateContainerDevicesLimits). */
export function readDeviceRates(body: Field): DeviceLimit[] {
  refuse(body, { BlkIOWeightDevice: 'weights of single devices are not supported' });
  return Object.entries(deviceRateFields).flatMap(([name, kind]) =>
    body
      .get(name)
      .items()
      .map((item) => ({
        device: deviceNumbers(item.get('path')),
        kind,
        value: item.get('rate').number(1) ?? 1,
      })),
  );
}

/** The limits of a new container. */
export function readResources(spec: Field): ResourceLimits {
  refuse(spec, {
    weightDevice: 'weights of single devices are not supported',
    intelRdt: 'classes of caches are not supported',
  });
  if (!spec.get('device_cgroup_rule').isZero) {
    // In podman's words, which name the field as well.
    const why = 'device cgroup rules are not supported in rootless mode or in a user namespace';
    throw new HttpProblem(500, why);
  }
  const limits = readLinuxResources(spec.get('resource_limits'));
  const devices = Object.entries(throttles).flatMap(([name, kind]) =>
    spec
      .get(name)
      .entries()
      .map(([path, item]) => ({
        device: deviceNumbers(new Field(path, item.path)),
        kind,
        value: item.get('rate').number(1) ?? 1,
      })),
  );
  const { memory, memorySwap, cpuQuota } = limits;
  return {
    ...limits,
    memory: memory === unlimited ? null : memory,
    memorySwap: memorySwap === unlimited && memory === null ? null : memorySwap,
    cpuQuota: cpuQuota === unlimited ? null : cpuQuota,
    devices,
    unified: spec.get('unified').textMap(),
  };
}

/** Go's largest unsigned number, with which its clients say that there is no limit; JSON's numbers round it. */
const goUnlimited = 2 ** 63;

/** Reads one of `r_limits` (POSIXRlimit). */
export function readRlimit(field: Field): UlimitRequest {
  const type = field.get('type').text() ?? '';
  const name = type.toLowerCase().replace(/^rlimit_/, '');
  if (!/^[a-z]+$/.test(name)) throw field.get('type').problem('a name such as nofile is needed');
  const read = (key: string): number => {
    const { value } = field.get(key);
    if (typeof value === 'number' && value >= goUnlimited) return unlimited;
    return field.get(key).number(unlimited) ?? 0;
  };
  const [soft, hard] = [read('soft'), read('hard')];
  if (hard >= 0 && (soft < 0 || soft > hard)) {
    throw field.problem(`the soft limit (${soft}) is more than the hard one (${hard})`);
  }
  return { name, soft, hard };
}

export function readCgroups(field: Field): CgroupsRequest {
  const word = field.word() ?? 'enabled';
  if (['enabled', 'disabled', 'split', 'no-conmon'].includes(word)) return word as CgroupsRequest;
  throw field.problem('enabled, disabled, no-conmon or split is needed');
}
