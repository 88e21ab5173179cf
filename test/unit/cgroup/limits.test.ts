import t from 'tap';
import { cpuWeight, ioWeight, settingsOf } from '../../../src/cgroup/limits.ts';
import { noLimits, type ResourceLimits } from '../../../src/request/limits.ts';

function files(limits: Partial<ResourceLimits>): Record<string, string> {
  const settings = settingsOf({ ...noLimits(), ...limits });
  return Object.fromEntries(settings.map(({ file, value }) => [file, value]));
}

t.test('weights of version 1 on the scale of version 2', async (t) => {
  t.same([2, 1024, 262_144].map(cpuWeight), [1, 39, 10_000]);
  t.same([0, 1_000_000].map(cpuWeight), [1, 10_000]);
  t.same([10, 500, 1000].map(ioWeight), [1, 4950, 10_000]);
});

t.test('nothing is written where nothing was asked for', async (t) => {
  t.same(files({}), {});
});

t.test('memory and swap', async (t) => {
  t.same(files({ memory: 100 }), { 'memory.max': '100', 'memory.swap.max': '100' });
  t.same(files({ memory: 100, memorySwap: 150 }), {
    'memory.max': '100',
    'memory.swap.max': '50',
  });
  t.same(files({ memory: 100, memorySwap: 100 }), { 'memory.max': '100', 'memory.swap.max': '0' });
  t.same(files({ memory: 100, memorySwap: -1 }), {
    'memory.max': '100',
    'memory.swap.max': 'max',
  });
  t.same(files({ memory: -1 }), { 'memory.max': 'max' });
});

t.test('processor time', async (t) => {
  t.same(files({ cpuQuota: 50_000 }), { 'cpu.max': '50000 100000' });
  t.same(files({ cpuQuota: -1, cpuPeriod: 5000 }), { 'cpu.max': 'max 5000' });
  t.same(files({ cpuPeriod: 5000 }), { 'cpu.max': 'max 5000' });
});

t.test('the rest', async (t) => {
  t.same(
    files({
      pids: -1,
      cpusetCpus: '0-1',
      blkioWeight: 1000,
      devices: [{ device: '8:0', kind: 'rbps', value: 5 }],
      unified: { 'memory.high': '9' },
    }),
    {
      'cpuset.cpus': '0-1',
      'pids.max': 'max',
      'io.weight': 'default 10000',
      'io.max': '8:0 rbps=5',
      'memory.high': '9',
    },
  );
});
