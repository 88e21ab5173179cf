import { constants } from 'node:os';
import t from 'tap';
import type { ContainerRecord } from '../../../src/container/record.ts';
import { buildSpec } from '../../../src/container/spec/build.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { encodePlan } from '../../../src/plan/encode.ts';
import { explainPlan } from '../../../src/plan/explain.ts';
import { launchError } from '../../../src/plan/failure.ts';
import type { LaunchInput, ProcessInput } from '../../../src/plan/launch-input.ts';
import { bareMonitor } from '../../../src/plan/monitor-input.ts';
import type { LaunchPlan } from '../../../src/plan/ops.ts';
import type { ContainerOptions } from '../../../src/request/container.ts';
import { defaultContainerOptions } from '../../../src/request/container.ts';

const ids = [{ containerId: 0, hostId: 1000, size: 1 }];

function record(changes: Partial<ContainerOptions>): ContainerRecord {
  const options = { ...defaultContainerOptions(), image: 'img', ...changes };
  return {
    version: 1,
    id: 'a'.repeat(64),
    name: 'n',
    createdAt: '',
    creator: '',
    oneShot: false,
    options,
    rootfs: { kind: 'image', imageId: 'i', imageName: 'img', layers: [], driver: 'overlay' },
    entrypoint: [],
    args: ['sh', '-c', 'true'],
    labels: {},
    imageEnv: [],
    workdir: options.workdir ?? '/',
    user: options.user ?? '',
    stopSignal: 15,
    health: null,
    volumes: [],
    createCommand: [],
    autoRange: null,
  };
}

const launchInput: LaunchInput = {
  userns: { kind: 'create', idMap: { kind: 'full', uids: ids, gids: ids }, inner: null },
  joinOwners: [],
  files: {
    rootfs: {
      kind: 'overlay',
      lowers: ['/l'],
      upper: '/u',
      work: '/w',
      volatile: false,
      legacyMount: false,
    },
    staging: '/c/merged',
    passwdEntries: [],
    zone: null,
    mtab: false,
    makeWorkdir: true,
    listedMountOrder: false,
    shm: null,
    secrets: [],
  },
  process: {
    seccomp: null,
    landlockScopes: 0,
    init: false,
    keepGroups: false,
    umask: 0o022,
    preservedFds: [],
  },
  monitor: bareMonitor({ places: { containerDir: '/c' }, ending: { syncExitRecord: true } }),
  networkHelper: null,
  bridges: null,
  cgroup: null,
  watchers: { events: null, health: null, notify: null },
  runtime: null,
};

function plan(
  changes: Partial<ContainerOptions>,
  process: Partial<ProcessInput> = {},
  runtime: LaunchInput['runtime'] = null,
): LaunchPlan {
  const spec = buildSpec(record(changes), {
    hostname: 'h',
    env: [],
    network: { kind: 'own' },
    inner: null,
    mounts: [],
    files: [],
    unifiedCgroups: true,
    mappedGids: 65_537,
    defaultUser: '0:0',
  });
  return compilePlan(spec, {
    ...launchInput,
    process: { ...launchInput.process, ...process },
    runtime,
  });
}

function ops(list: LaunchPlan): string[] {
  return list.map(({ op }) => op);
}

t.test('the order of a plan', async (t) => {
  const names = ops(plan({}));
  t.same(names.slice(0, 4), ['userns', 'namespaces', 'monitor', 'rootOverlay']);
  t.equal(names.at(-1), 'exec');
  const at = (name: string) => names.indexOf(name);
  t.ok(at('enterRoot') < at('mountFs') && at('mountFs') < at('mask'), 'root, mounts, masks');
  t.ok(
    at('mask') < at('barrier') && at('barrier') < at('pivot') && at('pivot') < at('credentials'),
  );
  t.notOk(names.includes('rootReadonly'));
});

t.test('flags become operations', async (t) => {
  t.ok(ops(plan({ readOnly: true })).includes('rootReadonly'));
  t.ok(ops(plan({ tty: true })).includes('console'));
  t.notOk(ops(plan({ uts: 'host' })).includes('hostname'));
  t.match(
    plan({ umask: 0o077 }, { umask: 0o077 }).find(({ op }) => op === 'umask'),
    { mask: 0o077 },
  );
  t.match(
    plan({ user: '5:6' }).find(({ op }) => op === 'credentials'),
    { user: '5:6' },
  );
  t.match(
    plan({ capDrop: ['ALL'] }).find(({ op }) => op === 'credentials'),
    { bounding: 0n, effective: 0n, inheritable: 0n, ambient: 0n },
  );
  t.match(
    plan({ sysctls: { 'net.ipv4.ip_forward': '1' } })
      .filter(({ op }) => op === 'sysctl')
      .at(-1),
    { key: 'net.ipv4.ip_forward', value: '1' },
  );
  t.match(
    plan({ workdir: '/w' }).find(({ op }) => op === 'workdir'),
    { path: '/w' },
  );
});

t.test('seccomp comes before the credentials unless no_new_privs holds', async (t) => {
  const seccomp = { program: new Uint8Array(8), flags: 0, listener: null };
  const loose = ops(plan({}, { seccomp }));
  t.ok(loose.indexOf('seccomp') < loose.indexOf('credentials'));
  const security = { ...defaultContainerOptions().security, noNewPrivileges: true };
  const strict = ops(plan({ security }, { seccomp }));
  t.same(strict.slice(-5), ['credentials', 'workdir', 'noNewPrivs', 'seccomp', 'exec']);
});

t.test('what an OCI runtime is asked for', async (t) => {
  const runtime: LaunchInput['runtime'] = {
    handover: { consoleSocket: '/s' },
    noNewKeyring: true,
    noPivot: true,
    startFifo: '/f',
    hooks: { createRuntime: [], createContainer: [], startContainer: [] },
    hookState: { creating: '', created: '' },
  };
  const listener = { path: '/a', state: '{}', optional: false };
  const seccomp = { program: new Uint8Array(8), flags: 0, listener };
  const asked = plan({}, { preservedFds: [3, 9], seccomp }, runtime);
  const find = (name: string) => asked.find(({ op }) => op === name);
  t.notOk(find('keyring'));
  t.match(find('pivot'), { cover: true });
  t.match(find('handover'), { consoleSocket: '/s' });
  t.match(find('pinStart'), { fifo: '/f' });
  t.match(find('preservedFds'), { numbers: [3, 9] });
  t.match(find('seccompListener'), { path: '/a', state: '{}' });
  t.ok(ops(asked).indexOf('awaitStart') === asked.length - 2, 'last before exec');
  const security = { ...defaultContainerOptions().security, noNewPrivileges: true };
  const unheard = { seccomp: { ...seccomp, listener: null } };
  const filtered = ops(plan({ security }, unheard, runtime));
  t.same(filtered.slice(-4), ['requireCommand', 'awaitStart', 'seccomp', 'exec']);
  const heard = ops(plan({ security }, { seccomp }, runtime));
  t.same(heard.slice(-3), ['seccomp', 'awaitStart', 'exec']);
  const loose = ops(plan({}, unheard, runtime));
  t.ok(loose.indexOf('requireCommand') < loose.indexOf('seccomp'), 'while nothing forbids it');
  const plain = ops(plan({}));
  t.ok(plain.includes('keyring') && !plain.includes('preservedFds'));
});

t.test('Landlock comes after no_new_privs', async (t) => {
  const security = { ...defaultContainerOptions().security, noNewPrivileges: true };
  const names = ops(plan({ security }, { landlockScopes: 3 }));
  t.same(names.slice(-5), ['credentials', 'workdir', 'noNewPrivs', 'landlock', 'exec']);
});

t.test('a mount never hides one inside it', async (t) => {
  const targets = plan({}).flatMap((entry) =>
    entry.op === 'mountFs' || entry.op === 'mountBind' ? [entry.target] : [],
  );
  for (const [index, target] of targets.entries()) {
    const later = targets.slice(index + 1);
    t.notOk(
      later.some((other) => target.startsWith(`${other}/`)),
      `${target} comes after what holds it`,
    );
  }
});

t.test('encoding is deterministic and explained line by line', async (t) => {
  const one = plan({});
  t.same(encodePlan(one), encodePlan(plan({})));
  t.equal(explainPlan(one).split('\n').length, one.length + 1);
});

t.test('failures in the words of the user', async (t) => {
  const list = plan({});
  const exec = list.length - 1;
  t.match(launchError(list, { step: exec, errno: 2, text: 'sh' }), {
    exitCode: 127,
    message: /"sh" not found/,
  });
  t.match(launchError(list, { step: exec, errno: 13, text: 'sh' }), {
    exitCode: 126,
    message: /permission denied/,
  });
  t.match(launchError(list, { step: 3, errno: 1, text: 'x' }), {
    exitCode: 125,
    message: /root filesystem/,
  });
  // The kernel's default is 200 keys for a user.
  const keyring = list.findIndex(({ op }) => op === 'keyring');
  t.match(launchError(list, { step: keyring, errno: constants.errno.EDQUOT, text: 'x' }), {
    exitCode: 126,
    message: /as many keys as the kernel allows.*kernel\.keys\.maxkeys/,
  });
  t.match(launchError(list, { step: -1, errno: 0, text: 'why' }), {
    exitCode: 125,
    message: /why/,
  });
});
