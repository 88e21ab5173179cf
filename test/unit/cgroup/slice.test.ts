import t from 'tap';
import { settingsOf } from '../../../src/cgroup/limits.ts';
import { limitProperties, nameSlice } from '../../../src/cgroup/slice.ts';
import { noLimits, type ResourceLimits } from '../../../src/request/limits.ts';
import type { DBusValue } from '../../../src/systemd/wire.ts';

const infinity = 0xffff_ffff_ffff_ffffn;

function plain(value: DBusValue): unknown {
  if (value.type === 'array') return value.items.map(plain);
  if (value.type === 'struct') return value.fields.map(plain);
  return value.value;
}

/** Limits as a slice's properties, without the types. */
function properties(limits: Partial<ResourceLimits>): [string, unknown][] {
  const settings = settingsOf({ ...noLimits(), ...limits });
  return limitProperties(settings).map(({ name, value }) => [name, plain(value)]);
}

t.test('a slice within another one', async (t) => {
  t.equal(nameSlice('user.slice', 'pod'), 'user-pod.slice');
  t.equal(nameSlice('a-b\\x2dc.slice', 'pod'), 'a-b\\x2dc-pod.slice');
  t.equal(nameSlice('-.slice', 'pod'), 'pod.slice');
});

t.test('memory, processors and weights', async (t) => {
  t.same(properties({ memory: 100, memorySwap: 150 }), [
    ['MemoryMax', 100n],
    ['MemorySwapMax', 50n],
  ]);
  t.same(properties({ memory: -1, memorySwap: -1 }), [
    ['MemoryMax', infinity],
    ['MemorySwapMax', infinity],
  ]);
  t.same(properties({ cpuQuota: 150_000, cpuPeriod: 100_000, cpuShares: 1024 }), [
    ['CPUWeight', 39n],
    ['CPUQuotaPerSecUSec', 1_500_000n],
    ['CPUQuotaPeriodUSec', 100_000n],
  ]);
  t.same(properties({ cpuQuota: -1, cpuPeriod: 50_000 }), [
    ['CPUQuotaPerSecUSec', infinity],
    ['CPUQuotaPeriodUSec', 50_000n],
  ]);
  t.same(properties({ blkioWeight: 500 }), [['IOWeight', 4950n]]);
});

t.test('processors and memory nodes are masks', async (t) => {
  t.same(properties({ cpusetCpus: '0-2,7,9', cpusetMems: '0' }), [
    ['AllowedCPUs', [0b1000_0111, 0b10]],
    ['AllowedMemoryNodes', [1]],
  ]);
  for (const bad of ['3-1', '0-99999999999']) {
    t.throws(() => properties({ cpusetCpus: bad }), {
      code: 'bad-limit',
      message: /^--cpuset-cpus: /,
    });
  }
});

t.test('rates of devices', async (t) => {
  const devices: ResourceLimits['devices'] = [
    { device: '8:0', kind: 'rbps', value: 1 << 20 },
    { device: '8:16', kind: 'wiops', value: 30 },
  ];
  t.same(properties({ devices }), [
    ['IOReadBandwidthMax', [['/dev/block/8:0', 1n << 20n]]],
    ['IOWriteIOPSMax', [['/dev/block/8:16', 30n]]],
  ]);
});

t.test('what systemd has no property for is no limit that is forgotten', async (t) => {
  t.throws(() => properties({ unified: { 'hugetlb.2MB.max': '1' } }), { code: 'bad-limit' });
});
