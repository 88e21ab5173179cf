import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const pod = (...args: string[]): string => sandbox.ok('pod', ...args);
const fails = (...args: string[]) => sandbox.run(['pod', ...args]);
const inspect = (name: string, format: string): string =>
  sandbox.ok('inspect', '--format', format, name).trim();
const run = (name: string, script: string, ...flags: string[]): string =>
  sandbox.ok('run', '--rm', '--pod', name, ...flags, 'hello', 'sh', '-c', script);
const volumes = (): string[] => sandbox.ok('volume', 'ls', '-q').split('\n').filter(Boolean);

const files = sandbox.makeDirectory('files');
const none = ['--network', 'none'];

function profile(name: string, syscalls: string[]): string {
  const path = join(files, name);
  const rules = [{ names: syscalls, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }];
  writeFileSync(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }));
  return path;
}

const noMkdir = profile('no-mkdir.json', ['mkdir', 'mkdirat']);
const noChmod = profile('no-chmod.json', ['chmod', 'fchmodat', 'fchmodat2']);

t.test('devices of a pod', async (t) => {
  pod('create', '--name', 'devices', ...none, '--device', '/dev/zero:/dev/given:r');
  const look = 'stat -c %t:%T /dev/given';
  t.equal(run('devices', look), '1:5\n');
  t.equal(run('devices', look, '--device', '/dev/full:/dev/given'), '1:7\n', 'own ones win');
  const shown = { PathOnHost: '/dev/zero', PathInContainer: '/dev/given', CgroupPermissions: 'r' };
  t.same(JSON.parse(pod('inspect', 'devices')).devices, [shown]);
  sandbox.ok('create', '--pod', 'devices', '--name', 'd', '--device', '/dev/null:/dev/x', 'hello');
  pod('clone', '--device', '/dev/full:/dev/given', 'devices', 'others');
  const targets = '{{range .HostConfig.Devices}}{{.PathOnHost}} {{.PathInContainer}} {{end}}';
  t.equal(inspect('d-clone', targets), '/dev/full /dev/given /dev/null /dev/x');
  pod('rm', '-f', 'devices', 'others');
});

t.test('what devices of CDI bring along', async (t) => {
  const config = sandbox.makeDirectory('config');
  sandbox.makeDirectory('config/cdi');
  const edits = {
    env: ['ACME=1', 'OVER=cdi'],
    deviceNodes: [{ path: '/dev/acme', hostPath: '/dev/zero' }],
    mounts: [{ hostPath: files, containerPath: '/acme' }],
  };
  const spec = {
    cdiVersion: '0.6.0',
    kind: 'acme.com/unit',
    devices: [{ name: 'one', containerEdits: edits }],
  };
  writeFileSync(join(config, 'cdi', 'acme.json'), JSON.stringify(spec));
  const env = { XDG_CONFIG_HOME: config };
  const device = ['--device', 'acme.com/unit=one'];
  const made = sandbox.run(['pod', 'create', '--name', 'cdi', ...none, ...device], { env });
  t.match(made, { code: 0, stderr: '' });
  const look = 'stat -c %t /dev/acme; echo $ACME $OVER; ls /acme';
  t.match(run('cdi', look, '-e', 'OVER=own'), /^1\n1 own\n(.*\n)*no-mkdir\.json\n/);
  sandbox.ok('create', '--pod', 'cdi', '--name', 'c', 'hello', 'sh', '-c', look);
  pod('clone', 'cdi', 'copy');
  t.match(sandbox.ok('start', '-a', 'c-clone'), /^1\n1 cdi\n(.*\n)*no-mkdir\.json\n/);
  pod('rm', '-f', 'cdi', 'copy');
});

t.test('security options of a pod', async (t) => {
  const masks = ['mask=/etc/passwd', 'unmask=/proc/kcore', 'proc-opts=hidepid=2'];
  const asked = [`seccomp=${relative('/', noMkdir)}`, 'no-new-privileges', ...masks];
  const flags = asked.flatMap((option) => ['--security-opt', option]);
  pod('create', '--name', 'safe', ...none, ...flags);
  t.same(JSON.parse(pod('inspect', 'safe')).security_opt, [
    'no-new-privileges',
    `seccomp=${noMkdir}`,
    ...masks,
  ]);
  const look = [
    'grep NoNewPrivs /proc/self/status',
    'test -s /etc/passwd && echo users; test -s /etc/group && echo groups',
    'mkdir /tmp/a || echo no mkdir; touch /tmp/b; chmod 700 /tmp/b || echo no chmod',
    'grep -m1 -o hidepid=[a-z0-9]* /proc/mounts',
  ].join('; ');
  const own = ['--security-opt', `seccomp=${noChmod}`, '--security-opt', 'mask=/etc/group'];
  const quiet = `exec 2> /dev/null; ${look}`;
  const hidden = 'hidepid=invisible\n';
  t.equal(run('safe', quiet), `NoNewPrivs:\t1\ngroups\nno mkdir\n${hidden}`);
  const more = ['--security-opt', 'no-new-privileges=false', ...own];
  t.equal(run('safe', quiet, ...more), `NoNewPrivs:\t1\nno chmod\n${hidden}`);
  const hostPids = ['create', '--pod', 'safe', '--pid', 'host', 'hello'];
  t.match(sandbox.run(hostPids), { code: 125, stderr: /--pid host and --security-opt proc-opts/ });
  sandbox.ok('create', '--pod', 'safe', '--name', 's', ...own.slice(2), 'hello');
  pod('clone', '--security-opt', 'seccomp=unconfined', 'safe', 'loose');
  t.equal(
    inspect('s-clone', '{{.HostConfig.SecurityOpt}}'),
    '[no-new-privileges seccomp=unconfined mask=/etc/passwd:/etc/group unmask=/proc/kcore proc-opts=hidepid=2]',
  );
  const filter = '{{range .HostConfig.SecurityOpt}}{{.}};{{end}}';
  sandbox.ok('create', '--pod', 'loose', '--name', 'h', '--hardened', 'hello');
  t.notMatch(inspect('h', filter), /unconfined|unmask/, 'a hardened one stays so');
  pod('rm', '-f', 'safe', 'loose');
});

t.test('mounts of another container', async (t) => {
  const fill = 'echo kept > /v/file; echo kept > /a/file';
  const mounts = ['-v', `${files}:/files`, '-v', 'kept:/v', '-v', '/a'];
  sandbox.ok('run', '--name', 'source', ...none, ...mounts, 'hello', 'sh', '-c', fill);
  pod('create', '--name', 'users', ...none, '--volumes-from', 'source:ro,z');
  const shown = JSON.parse(pod('inspect', 'users'));
  t.same(shown.volumes_from, ['source:ro']);
  t.match(
    shown.mounts.map(({ Destination, RW }: Record<string, unknown>) => [Destination, RW]),
    [
      ['/v', false],
      ['/a', false],
      ['/files', false],
    ],
  );
  t.equal(run('users', 'cat /v/file /a/file; test -e /files/no-mkdir.json'), 'kept\nkept\n');
  t.match(run('users', 'touch /v/x 2>&1 || true'), /Read-only/);
  t.equal(run('users', 'ls /v', '-v', 'mine:/v'), '', 'own mounts win');
  sandbox.ok('rm', '-v', 'source');
  t.equal(run('users', 'cat /a/file'), 'kept\n', 'the pod still uses the volume');
  t.match(sandbox.run(['volume', 'rm', 'kept']), { code: 2, stderr: /is being used by/ });
  pod('clone', 'users', 'again');
  t.equal(run('again', 'cat /v/file'), 'kept\n');
  pod('rm', '-f', 'users', 'again');
  sandbox.ok('volume', 'prune', '-f');
  t.same(volumes(), []);
});

t.test('volumes without a name are shared by the containers and go with the pod', async (t) => {
  pod('create', '--name', 'whole', ...none, '-v', '/shared');
  run('whole', 'echo seen > /shared/file');
  t.equal(run('whole', 'cat /shared/file'), 'seen\n');
  sandbox.ok('create', '--pod', 'whole', '--name', 'w', 'hello', 'ls', '/shared');
  pod('clone', 'whole', 'other');
  t.equal(volumes().length, 2);
  t.equal(sandbox.ok('start', '-a', 'w-clone'), '', 'that of a copy is its own');
  pod('rm', '-f', 'whole', 'other');
  t.same(volumes(), []);
});

t.test('what cannot be had is said at once, and nothing is left', async (t) => {
  writeFileSync(join(files, 'broken.json'), '{');
  const cases: [string[], RegExp][] = [
    [['--device', '/dev/nope'], /--device \/dev\/nope: no such device/],
    [['--device', '/etc/passwd'], /--device \/etc\/passwd: not a device node/],
    [['--device', 'nope'], /invalid --device "nope"/],
    [['--security-opt', 'seccomp=/nope'], /cannot read the seccomp profile "\/nope"/],
    [['--security-opt', `seccomp=${files}/broken.json`], /seccomp profile is not valid JSON/],
    [['--security-opt', 'label=sort:x'], /disable, nested, and user/],
    [['--security-opt', 'apparmor=mine'], /AppArmor is set by root/],
    [['--security-opt', 'proc-opts=gid=5'], /hidepid/],
    [['--security-opt', 'no-new-privileges=maybe'], /true and false/],
    [['--security-opt', 'other=1'], /it is not supported/],
    [['-v', '/nope:/n'], /statfs \/nope: no such file/],
    [['--volumes-from', 'nobody'], /--volumes-from nobody: no container with name or ID "nobody"/],
    [['--volumes-from', 'nobody:w'], /there is no option w/],
  ];
  for (const [flags, message] of cases) {
    for (const verb of [['pod', 'create'], ['create']]) {
      const image = verb.length === 1 ? ['hello'] : [];
      const { code, stdout, stderr } = sandbox.run([
        ...verb,
        ...none,
        ...flags,
        '-v',
        '/v',
        ...image,
      ]);
      t.same([code, stdout], [125, ''], flags.join(' '));
      t.match(stderr, message);
      t.equal(stderr.split('\n').length, 2, 'in a line');
    }
  }
  t.match(
    fails('create', '--share', '+pid', '--pid', 'host', '--security-opt', 'proc-opts=subset=pid'),
    { code: 125, stderr: /--pid host and --security-opt proc-opts/ },
  );
  const given = ['--device', '/dev/zero:/dev/given', '--security-opt', 'no-new-privileges'];
  pod('create', '--name', 'bare', '--infra=false', ...given);
  t.match(run('bare', 'ls /dev/given; grep NoNew /proc/self/status', ...none), /given\n.*1\n/);
  pod('rm', '-f', 'bare');
  t.same([pod('ps', '-q'), sandbox.ok('ps', '-aq'), volumes()], ['', '', []]);
});

t.test('nothing is left behind', async (t) => {
  t.same(readdirSync(join(sandbox.root, 'pods')), []);
  t.same(sandbox.close(), []);
});
