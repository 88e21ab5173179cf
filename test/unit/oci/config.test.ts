import { existsSync } from 'node:fs';
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

function parse(json: unknown, makesNodes = false, filtersDevices = false): RuntimeConfig {
  return parseConfig(typeof json === 'string' ? json : JSON.stringify(json), {
    bundle: '/b',
    unifiedCgroups: true,
    seccompPath: null,
    makesNodes,
    filtersDevices,
  });
}

t.test('what is no configuration', async (t) => {
  const cases: [unknown, RegExp][] = [
    ['{', /not valid JSON/],
    ['[]', /is not an object/],
    [{}, /ociVersion is missing/],
    [{ ...base, ociVersion: '2.0.0' }, /ociVersion is not 1\.x\.y/],
    [{ ociVersion: '1.0.0', process: base['process'] }, /root is missing/],
    [base, /lacks a mount namespace/],
    [linux({ namespaces: [{ type: 'mount' }, { type: 'mount' }] }), /second time/],
    [linux({ namespaces: [{ type: 'moon' }] }), /unknown "moon"/],
    [{ ...linux({}), hostname: 'x' }, /needs a uts namespace/],
    [linux({ intelRdt: { closID: 'x' } }), /intelRdt/],
    [linux({ timeOffsets: { monotonic: { secs: 1 } } }), /timeOffsets needs a new time namespace/],
    [{ ...linux({}), annotations: { '': 'x' } }, /annotations has an empty key/],
    [process({ user: { uid: 0, gid: 0, umask: 0o1000 } }), /user\.umask is not from 0 to 511/],
    [
      process({ ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 8 } }),
      /ioPriority\.priority is not from 0 to 7/,
    ],
  ];
  for (const [json, message] of cases) t.throws(() => parse(json), { message }, String(message));
});

const rlimit = (soft: unknown) => ({ type: 'RLIMIT_NOFILE', soft, hard: 2 ** 64 - 1 });

function process(fields: Json): Json {
  return { ...linux({}), process: { ...(base['process'] as Json), ...fields } };
}

t.test('what cannot be honoured is an error that names it', async (t) => {
  const tty = { path: '/x', type: 'c', major: 5, minor: 0 };
  const deny = { allow: false, access: 'rwm' };
  const cases: [unknown, RegExp][] = [
    [{ ...linux({}), windows: {} }, /^windows cannot be honoured/],
    [{ ...linux({}), vm: {} }, /^vm cannot be honoured/],
    [
      linux({ memoryPolicy: { mode: 'MPOL_MOON' } }),
      /memoryPolicy.mode is an invalid memory policy mode: "MPOL_MOON"/,
    ],
    [
      linux({ memoryPolicy: { mode: 'MPOL_BIND', nodes: '1024' } }),
      /nodes has the invalid memory policy node 1024: the last is 1023/,
    ],
    [
      linux({ memoryPolicy: { mode: 'MPOL_LOCAL', nodes: '0-7' } }),
      /MPOL_LOCAL mode requires 0 nodes but got 8/,
    ],
    [
      linux({ memoryPolicy: { mode: 'MPOL_BIND', nodes: '0-9876543210' } }),
      /invalid memory policy node 9876543210/,
    ],
    [linux({ memoryPolicy: {} }), /invalid memory policy mode: ""/],
    [
      linux({ netDevices: { eth0: {} } }),
      /netDevices cannot be honoured: .*(root|network namespace)/,
    ],
    [linux({ devices: [{ ...tty, type: 'b' }] }), /no device node b 5:0/],
    [linux({ devices: [{ ...tty, path: 'x' }] }), /path is not an absolute path/],
    [linux({ devices: [{ ...tty, path: '/dev/null' }] }), /always c 1:3/],
    [linux({ devices: [tty], resources: { devices: [deny] } }), /\/x of linux.devices is denied/],
    [process({ rlimits: [rlimit(1), rlimit(1)] }), /RLIMIT_NOFILE for the second time/],
    [process({ rlimits: [rlimit(null)] }), /rlimits\[0\].soft is missing/],
    [process({ rlimits: [{ type: 'RLIMIT_MOON' }] }), /the unknown RLIMIT_MOON/],
  ];
  for (const [json, message] of cases) t.throws(() => parse(json), { message }, String(message));
});

t.test('what can be is', async (t) => {
  const label = { mountLabel: 'system_u:object_r:x:s0' };
  if (existsSync('/sys/fs/selinux/enforce')) t.throws(() => parse(linux(label)));
  else t.ok(parse(linux(label)).spec, 'a label is for nobody without SELinux');
  const idle = { ...linux({}), process: null };
  t.same(parse(idle).spec.process.args, [], 'a process is needed only for a start');
  const tty = { path: '/x', type: 'c', major: 5, minor: 0, fileMode: 0o640, uid: 77 };
  const rules = [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', major: 5, access: 'rw' },
  ];
  const { spec } = parse(linux({ devices: [tty], resources: { devices: rules } }));
  t.match(spec.linux.devices.at(-1), { path: '/x', type: 'c', source: '/dev/tty' });
  const policy = { mode: 'MPOL_INTERLEAVE', nodes: '0-1,3', flags: ['MPOL_F_STATIC_NODES'] };
  t.same(parse(linux({ memoryPolicy: policy })).spec.process.memoryPolicy, {
    mode: 3 | (1 << 15),
    nodes: [0, 1, 3],
  });
  const capabilities = { bounding: ['CAP_MOON', 'CAP_KILL'] };
  const limited = parse(process({ rlimits: [rlimit(5)], capabilities }));
  t.same(limited.spec.process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 5, hard: -1 }]);
  t.match(limited.warnings, [/CAP_MOON is not known/]);
});

t.test('nodes are made where the caller may make them', async (t) => {
  const node = { path: '/x', type: 'b', major: 8, minor: 666, fileMode: 0o100640, uid: 7, gid: 8 };
  const { fileMode: _, ...place } = node;
  const made = { ...place, mode: 0o640, closed: false };
  const nodes = (fields: Json, makesNodes = true) =>
    parse(linux({ devices: [node], ...fields }), makesNodes).spec.linux.nodes;
  const rules = (...devices: Json[]) => ({ resources: { devices } });
  t.match(nodes({}), [made]);
  t.match(nodes(rules({ allow: false, access: 'rwm' })), [{ ...made, closed: true }]);
  t.match(nodes(rules({ allow: false, type: 'c', access: 'rw' })), [made]);
  t.throws(() => nodes(rules({ allow: false, access: 'w' })), /\/x of linux.devices is denied/);
  t.throws(() => nodes({}, false), /no device node b 8:666/);
  const users = { namespaces: [{ type: 'mount' }, { type: 'user' }] };
  t.throws(() => nodes(users), /no device node b 8:666/, 'not in a user namespace');
  for (const [name, number] of Object.entries({ major: 4096, minor: 1 << 20 })) {
    t.throws(
      () => nodes({ devices: [{ ...node, [name]: number }] }),
      new RegExp(`${name} is above`),
    );
  }
  const fifo = { path: '/f', type: 'p', major: 8, minor: 666 };
  t.match(nodes({ devices: [fifo], ...rules({ allow: false, access: 'rw' }) }, false), [
    { ...fifo, major: 0, minor: 0, mode: 0o666, uid: 0, gid: 0, closed: false },
  ]);
});

t.test(
  'where a filter keeps the rules of devices, nodes are open and nothing is refused',
  async (t) => {
    const node = { path: '/x', type: 'b', major: 8, minor: 666 };
    const resources = { devices: [{ allow: false, access: 'w' }] };
    const { spec, cgroup } = parse(linux({ devices: [node], resources }), true, true);
    t.match(spec.linux.nodes, [{ ...node, closed: false }]);
    t.ok(cgroup.deviceFilter);
    t.equal(parse(linux({ devices: [node] }), true).cgroup.deviceFilter, null);
  },
);

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

t.test('names of fields are read in any case, as Go reads them', async (t) => {
  const limits = (name: string) =>
    parse(linux({ resources: { hugepageLimits: [{ [name]: '2MB', limit: 2097152 }] } })).cgroup;
  t.same(limits('pagesize'), limits('pageSize'));
  t.match(limits('pagesize').settings, [{ file: 'hugetlb.2MB.max', value: '2097152' }]);
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
