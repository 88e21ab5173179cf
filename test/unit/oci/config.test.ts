import t from 'tap';
import { parseConfig, type RuntimeConfig } from '../../../src/oci/config.ts';

type Json = Record<string, unknown>;

const base: Json = {
  ociVersion: '1.2.0',
  root: { path: 'rootfs' },
  process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } },
};

function linux(fields: Json): Json {
  return { ...base, linux: { namespaces: [{ type: 'mount' }], ...fields } };
}

function parse(json: unknown): RuntimeConfig {
  return parseConfig(typeof json === 'string' ? json : JSON.stringify(json), {
    bundle: '/b',
    unifiedCgroups: true,
  });
}

t.test('what is no configuration', async (t) => {
  const cases: [unknown, RegExp][] = [
    ['{', /not valid JSON/],
    ['[]', /is not an object/],
    [{}, /ociVersion is missing/],
    [{ ...base, ociVersion: '2.0.0' }, /ociVersion is not 1\.x\.y/],
    [{ ociVersion: '1.0.0', process: base['process'] }, /root is missing/],
    [{ ociVersion: '1.0.0', root: base['root'] }, /process is missing/],
    [base, /lacks a mount namespace/],
    [linux({ namespaces: [{ type: 'mount' }, { type: 'mount' }] }), /second time/],
    [linux({ namespaces: [{ type: 'moon' }] }), /unknown "moon"/],
    [{ ...linux({}), hostname: 'x' }, /needs a uts namespace/],
    [linux({ intelRdt: { closID: 'x' } }), /intelRdt/],
  ];
  for (const [json, message] of cases) t.throws(() => parse(json), { message }, String(message));
});

t.test('resources', async (t) => {
  const { cgroup } = parse(
    linux({
      cgroupsPath: '/a/b',
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: 100, swap: 150, reservation: 50, kernel: 0, swappiness: 0 },
        cpu: { shares: 1024, quota: 5, period: 10, cpus: '0', mems: '0', burst: 3, idle: 1 },
        pids: { limit: 7 },
        blockIO: {
          weight: 10,
          throttleReadBpsDevice: [{ major: 8, minor: 1, rate: 9 }],
          throttleWriteIOPSDevice: [{ major: 8, minor: 1, rate: 4 }],
        },
        hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
        unified: { 'memory.high': '90' },
      },
    }),
  );
  t.equal(cgroup.path, '/a/b');
  t.same(
    cgroup.settings.map(({ file, value }) => `${file}=${value}`),
    [
      'memory.max=100',
      'memory.swap.max=50',
      'memory.low=50',
      'cpu.weight=39',
      'cpu.max=5 10',
      'cpuset.cpus=0',
      'cpuset.mems=0',
      'pids.max=7',
      'io.weight=default 1',
      'io.max=8:1 rbps=9',
      'io.max=8:1 wiops=4',
      'cpu.idle=1',
      'cpu.max.burst=3',
      'hugetlb.2MB.max=1',
      'memory.high=90',
    ],
  );
  t.same(
    parse(linux({ resources: { memory: { limit: 0 }, pids: { limit: 0 } } })).cgroup.settings,
    [],
  );
});

t.test('resources that cannot be honoured are named', async (t) => {
  const cases: [Json, RegExp][] = [
    [{ memory: { swappiness: 5 } }, /linux\.resources\.memory\.swappiness/],
    [{ memory: { disableOOMKiller: true } }, /linux\.resources\.memory\.disableOOMKiller/],
    [{ cpu: { realtimeRuntime: 5 } }, /linux\.resources\.cpu\.realtimeRuntime/],
    [{ network: { classID: 5 } }, /linux\.resources\.network\.classID/],
    [{ blockIO: { leafWeight: 5 } }, /linux\.resources\.blockIO\.leafWeight/],
    [{ blockIO: { weightDevice: [{ major: 1 }] } }, /linux\.resources\.blockIO\.weightDevice/],
    [{ rdma: { x: {} } }, /linux\.resources\.rdma/],
  ];
  for (const [resources, message] of cases) {
    t.throws(() => parse(linux({ resources })), { code: 'unsupported', message });
  }
});
