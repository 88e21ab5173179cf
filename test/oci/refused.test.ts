import t from 'tap';
import { type Config, Runtime } from './bundle.ts';

const runtime = new Runtime();

t.test('what cannot be honoured is an error that names it', async (t) => {
  const cases: [string, (config: Config) => void, RegExp][] = [
    [
      'rdt',
      (c) => {
        c.linux.intelRdt = { closID: 'x' };
      },
      /linux\.intelRdt cannot be honoured/,
    ],
    [
      'apparmor',
      (c) => {
        c.process.apparmorProfile = 'x';
      },
      /^bryo-oci: .*process\.apparmorProfile/,
    ],
    [
      'idmap',
      (c) => {
        c.mounts[0].uidMappings = [{ containerID: 0, hostID: 1, size: 1 }];
        c.mounts[0].gidMappings = [{ containerID: 0, hostID: 1, size: 1 }];
      },
      /mounts\[0\]\.uidMappings cannot be honoured: the ids from 1 on/,
    ],
    [
      'mountns',
      (c) => {
        c.linux.namespaces.find((n: Config) => n.type === 'mount').path = '/x';
        c.mounts = [];
        c.root.readonly = true;
      },
      /root.readonly cannot be honoured: the mount namespace is joined as it is/,
    ],
    [
      'notify',
      (c) => {
        const rule = { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' };
        c.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] };
      },
      /listenerPath is not the absolute path/,
    ],
    [
      'notify-sendmsg',
      (c) => {
        const rule = { names: ['sendmsg'], action: 'SCMP_ACT_NOTIFY' };
        c.linux.seccomp = {
          defaultAction: 'SCMP_ACT_ALLOW',
          listenerPath: '/s',
          syscalls: [rule],
        };
      },
      /sendmsg cannot be notified/,
    ],
    [
      'device',
      (c) => {
        c.linux.devices = [{ path: '/dev/x', type: 'c', major: 250, minor: 99 }];
      },
      /no device node c 250:99/,
    ],
    [
      'sysctl',
      (c) => {
        c.linux.sysctl = { 'kernel.core_pattern': 'x' };
      },
      /not namespaced/,
    ],
    [
      'netsysctl',
      (c) => {
        c.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      },
      /shares a network namespace/,
    ],
    [
      'args',
      (c) => {
        c.process.args = [];
      },
      /process\.args is missing/,
    ],
    [
      'cwd',
      (c) => {
        c.process.cwd = 'x';
      },
      /process\.cwd is not an absolute path/,
    ],
    [
      'uid',
      (c) => {
        c.process.user.uid = -1;
      },
      /process\.user\.uid is not from 0/,
    ],
    [
      'version',
      (c) => {
        c.ociVersion = '2.0.0';
      },
      /ociVersion is not 1/,
    ],
    [
      'rlimit',
      (c) => {
        c.process.rlimits = [{ type: 'RLIMIT_X', soft: 1, hard: 1 }];
      },
      /rlimits\[0\]\.type is the unknown RLIMIT_X/,
    ],
    [
      'action',
      (c) => {
        c.linux.seccomp = { defaultAction: 'SCMP_ACT_NONE' };
      },
      /SCMP_ACT_NONE is not supported/,
    ],
  ];
  for (const [name, change, message] of cases) {
    const { code, stdout, stderr } = runtime.runIn(`bad-${name}`, ['true'], change);
    t.equal(code, 1, name);
    t.equal(stdout, '');
    t.match(stderr, message, name);
    t.match(stderr, /^bryo-oci: [^\n]+\n$/, 'one line');
  }
  t.equal(runtime.ok('list', '-q'), '', 'none of them is left');
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
