import { BryoError } from '../base/errors.ts';
import type { UnitProperty } from '../systemd/transient.ts';
import type { DBusValue } from '../systemd/wire.ts';
import type { CgroupSetting } from './limits.ts';

/** systemd's CGROUP_LIMIT_MAX, `infinity`. */
const infinity = 0xffff_ffff_ffff_ffffn;

/** More processors or memory nodes than any kernel counts (CONFIG_NR_CPUS). */
const highestNumber = 8191;

/** The name of a slice within another one: dashes say what is within what (systemd.slice(5)). */
export function nameSlice(parent: string, name: string): string {
  const outer = parent.replace(/\.slice$/, '');
  return outer === '-' ? `${name}.slice` : `${outer}-${name}.slice`;
}

function number(value: string): DBusValue {
  return { type: 't', value: value === 'max' ? infinity : BigInt(value) };
}

/** A list such as `0-2,7` as a mask of bits, the lowest first. */
function mask({ value, origin }: CgroupSetting): DBusValue {
  const bits: number[] = [];
  for (const range of value.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    if (last < first || last > highestNumber) {
      throw new BryoError('bad-limit', `${origin}: ${JSON.stringify(range)} is no range`);
    }
    for (let bit = first; bit <= last; ++bit) bits.push(bit);
  }
  const bytes = new Array<number>(Math.floor(Math.max(...bits) / 8) + 1).fill(0);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  return {
    type: 'array',
    element: 'y',
    items: bytes.map((byte) => ({ type: 'y', value: byte })),
  };
}

/** cpu.max on systemd's two properties: its quota is that of a second. */
function processorTime(value: string): UnitProperty[] {
  const [quota = '', period = ''] = value.split(' ');
  const perSecond =
    quota === 'max' ? infinity : (BigInt(quota) * 1_000_000n) / BigInt(period === '' ? 1 : period);
  return [
    { name: 'CPUQuotaPerSecUSec', value: { type: 't', value: perSecond } },
    { name: 'CPUQuotaPeriodUSec', value: number(period) },
  ];
}

const rates: Readonly<Record<string, string>> = {
  rbps: 'IOReadBandwidthMax',
  wbps: 'IOWriteBandwidthMax',
  riops: 'IOReadIOPSMax',
  wiops: 'IOWriteIOPSMax',
};

/** `MAJOR:MINOR kind=N`; systemd wants a path, and udev makes one of the numbers. */
function deviceRate(value: string): UnitProperty {
  const [, device = '', kind = '', rate = ''] = /^(\S+) (\w+)=(\d+)$/.exec(value) ?? [];
  const fields: DBusValue[] = [{ type: 's', value: `/dev/block/${device}` }, number(rate)];
  return {
    name: rates[kind] ?? kind,
    value: { type: 'array', element: '(st)', items: [{ type: 'struct', fields }] },
  };
}

function propertiesOf(setting: CgroupSetting): UnitProperty[] {
  const { file, value, origin } = setting;
  switch (file) {
    case 'memory.max':
      return [{ name: 'MemoryMax', value: number(value) }];
    case 'memory.swap.max':
      return [{ name: 'MemorySwapMax', value: number(value) }];
    case 'cpu.weight':
      return [{ name: 'CPUWeight', value: number(value) }];
    case 'cpu.max':
      return processorTime(value);
    case 'cpuset.cpus':
      return [{ name: 'AllowedCPUs', value: mask(setting) }];
    case 'cpuset.mems':
      return [{ name: 'AllowedMemoryNodes', value: mask(setting) }];
    case 'io.weight':
      return [{ name: 'IOWeight', value: number(value.replace('default ', '')) }];
    case 'io.max':
      return [deviceRate(value)];
    default:
      throw new BryoError('bad-limit', `${origin}: systemd has no property for ${file} of a slice`);
  }
}

/**
 * Limits as properties of a slice: systemd writes their files again whenever it is reloaded, so
 * what others write there does not last. Throws BryoError `bad-limit` for what is no list.
 */
export function limitProperties(settings: readonly CgroupSetting[]): UnitProperty[] {
  return settings.flatMap(propertiesOf);
}
