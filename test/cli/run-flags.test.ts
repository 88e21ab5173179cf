import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { refusedContainerFlags } from '../../src/cli/options/container/refused.ts';
import { Sandbox } from '../support/bryo.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const run = ['run', '--rm', '--network', 'none'];

function shell(flags: readonly string[], script: string): string[] {
  return sandbox.ok(...run, ...flags, 'hello', 'sh', '-c', script).split('\n');
}

t.test('the environment', async (t) => {
  const env = { FROM_HOST: 'yes', https_proxy: 'http://proxy:1', SECRET: 'no' };
  const flags = ['-e', 'FROM*', '--unsetenv', 'TERM', '--env-merge', 'P=<$PATH$SECRET>'];
  const merged = sandbox.run([...run, ...flags, 'hello', 'env'], { env });
  t.match(merged.stdout, /^P=<\/usr\/local\/sbin:[^>]*\/bin>$/m);
  t.match(merged.stdout, /^FROM_HOST=yes$/m);
  t.match(merged.stdout, /^https_proxy=http:\/\/proxy:1$/m);
  t.notMatch(merged.stdout, /SECRET|TERM/);
  const all = ['--env-host', '--http-proxy=false', '--unsetenv-all', '-e', 'A=1'];
  const host = sandbox.run([...run, ...all, 'hello', '/bin/env'], { env });
  t.match(host.stdout, /^SECRET=no$/m);
  t.match(host.stdout, /^A=1$/m);
  t.notMatch(host.stdout, /^container=/m);
});

t.test('flags that are refused say why', async (t) => {
  for (const [name, why] of Object.entries(refusedContainerFlags)) {
    t.ok(why.length > 10, `--${name}`);
  }
  const refused = sandbox.run([...run, '--cpu-rt-period=5', 'hello', 'true']);
  t.same([refused.code, refused.stdout], [125, '']);
  t.match(refused.stderr, /^Error: --cpu-rt-period is not supported: .*real-time.*\n$/);
  t.match(
    sandbox.run(['create', '--ip', '10.0.0.1', 'hello']).stderr,
    /only be used with Bridge mode/,
  );
  const wrong: [string[], RegExp][] = [
    [['--tz', '../../etc/shadow'], /invalid --tz/],
    [['--tz', 'Nowhere/City'], /Nowhere\/City.*\(--tz Nowhere\/City\)/],
    [['--attach', 'stdfoo'], /invalid --attach/],
    [['--detach', '--attach', 'stdout'], /--detach and --attach/],
    [['--replace'], /--replace needs --name/],
    [['--init', '--systemd=always'], /--init and --systemd=always/],
    [['--systemd=perhaps'], /invalid --systemd/],
    [['--security-opt', 'label=kind:x'], /filetype with a value/],
    [['--security-opt', 'apparmor=mine'], /AppArmor is set by root/],
    [['--security-opt', 'proc-opts=gid=5'], /hidepid/],
    [['--seccomp-policy', 'image'], /cannot choose the filter/],
    [['--passwd-entry', 'too:short'], /7 fields/],
    [['--subuidname', 'root'], /caller's own/],
    [['--device', 'acme.com/none=one'], /no such CDI device/],
    [['--gpus', 'all'], /nvidia\.com\/gpu=all: no such CDI device/],
    [['--gpus', '/'], /invalid --gpus/],
    [['--device', '/etc'], /no device node in it/],
    [['--dns', 'none', '--dns', '1.1.1.1'], /excludes other name servers/],
    [
      ['--group-add', 'keep-groups', '--group-add', '5'],
      /keep-groups' option is not allowed with any other/,
    ],
    [['--personality', 'BSD'], /LINUX or LINUX32/],
    [['--no-hosts', '--add-host', 'a:1.2.3.4'], /--no-hosts and --add-host/],
  ];
  for (const [flags, message] of wrong) {
    const { code, stderr } = sandbox.run([...run, ...flags, 'hello', 'true']);
    t.equal(code, 125, flags.join(' '));
    t.match(stderr, message);
  }
  const { code, stderr } = sandbox.run([...run, '--hostuser', 'nobody-of-that-name', 'hello']);
  t.match([code, stderr], [126, /no such user/]);
  t.equal(sandbox.ok('ps', '-aq'), '', 'nothing was made');
});

t.test('streams to attach', async (t) => {
  const script = ['hello', 'sh', '-c', 'echo out; echo err >&2'];
  const out = sandbox.run([...run, '-a', 'stdout', ...script]);
  t.same([out.code, out.stdout, out.stderr], [0, 'out\n', '']);
  const err = sandbox.run([...run, '-a', 'STDERR', ...script]);
  t.same([err.stdout, err.stderr], ['', 'err\n']);
  const input = sandbox.run([...run, '-a', 'stdin', '-a', 'stdout', 'hello', 'cat'], {
    input: 'x',
  });
  t.equal(input.stdout, 'x');
});

t.test('files', async (t) => {
  const hosts = join(sandbox.makeDirectory('files'), 'hosts');
  writeFileSync(hosts, '10.9.8.7 base\n');
  chmodSync(hosts, 0o644);
  const flags = ['--tz', 'local', '--no-hostname', '--hosts-file', hosts, '--dns', 'none'];
  const more = ['--chrootdirs', '/srv/jail', '--add-host', 'a;b:10.0.0.1'];
  const script = `head -c 4 /etc/localtime; echo
    ls /etc/hostname /etc/resolv.conf 2>&1 | grep -c 'No such file'
    grep -E '^10' /srv/jail/etc/hosts`;
  const lines = shell([...flags, ...more], script).map((line) => line.replace('\t', ' '));
  t.same(lines, ['TZif', '2', '10.0.0.1 a', '10.0.0.1 b', '10.9.8.7 base', '']);
  const tight = ['--read-only', '--read-only-tmpfs=false'];
  t.match(shell(tight, 'touch /tmp/x 2>&1 || true'), ['touch: /tmp/x: Read-only file system', '']);
});

t.test('an image with time zones is linked to the one that was asked for', async (t) => {
  const script = `mkdir -p /usr/share/zoneinfo/Etc && echo own >/usr/share/zoneinfo/Etc/UTC
    ln -sf /usr/share/zoneinfo/Nowhere /etc/localtime`;
  sandbox.ok('run', '--name', 'zones', '--network', 'none', 'hello', 'sh', '-c', script);
  sandbox.ok('commit', '-q', 'zones', 'zones');
  sandbox.ok('rm', 'zones');
  const quick = ['run', '--rm', '--network', 'none'];
  const link = ['zones', 'readlink', '/etc/localtime'];
  t.equal(sandbox.ok(...quick, ...link), '/usr/share/zoneinfo/Nowhere\n');
  t.equal(sandbox.ok(...quick, '--tz', 'Etc/UTC', ...link), '../usr/share/zoneinfo/Etc/UTC\n');
  const rules = ['--tz', 'Etc/UTC', 'zones', 'head', '-c', '4', '/etc/localtime'];
  t.equal(sandbox.ok(...quick, ...rules), 'TZif');
  sandbox.ok('rmi', 'zones');
});

t.test('entries for users', async (t) => {
  const { name, uid } = testUser();
  const script = 'id; tail -n 2 /etc/passwd; grep -c 77 /etc/group';
  const lines = shell(['--user', '1234:77', '--hostuser', name], script);
  t.same(lines.slice(0, 2), [
    'uid=1234(1234) gid=77(77) groups=77(77)',
    '1234:*:1234:77:container user:/:/bin/sh',
  ]);
  t.match(lines[2], new RegExp(`^${name}:\\*:${uid}:`));
  t.equal(lines[3], '1');
  const entry = ['--passwd-entry', 'me-$UID:x:$UID:$GID::/tmp:/bin/sh'];
  t.same(shell(['--user', '1234', ...entry], 'whoami; echo $HOME'), ['me-1234', '/tmp', '']);
  t.same(shell(['--user', '1234', '--passwd=false'], 'whoami 2>&1 | grep -c 1234'), ['1', '']);
});

t.test('for systemd', async (t) => {
  const script =
    'grep -cE " (/run|/run/lock|/tmp|/var/log/journal) tmpfs" /proc/mounts; echo $container_uuid';
  const flags = [
    '--domainname',
    'corp',
    '--systemd',
    'always',
    '--shm-size-systemd',
    '1m',
    '--personality',
    'LINUX32',
  ];
  const [mounts, uuid, machine, domain] = shell(
    flags,
    `${script}; uname -m; cat /proc/sys/kernel/domainname`,
  );
  t.equal(domain, 'corp');
  t.equal(mounts, '4');
  t.match(uuid, /^[0-9a-f]{32}$/);
  t.match(machine, /^(i.86|arm)/);
  sandbox.ok('create', '--name', 'sd', 'hello', '/sbin/init');
  t.match(sandbox.ok('inspect', '--format', '{{.Config.StopSignal}}', 'sd'), /^(37|SIGRTMIN\+3)$/m);
  sandbox.ok('create', '--replace', '--name', 'sd', '--systemd=false', 'hello', '/sbin/init');
  t.match(sandbox.ok('inspect', '--format', '{{.Config.StopSignal}}', 'sd'), /^(15|SIGTERM)$/m);
  sandbox.ok('rm', 'sd');
});

t.test('/proc, ids and limits', async (t) => {
  const flags = ['--security-opt', 'proc-opts=hidepid=2', '--security-opt', 'unmask=/proc/*'];
  const { name } = testUser();
  const script = `grep -c hidepid /proc/mounts; grep -cE ' /proc/' /proc/mounts
    cat /proc/self/uid_map; ulimit -c`;
  const lines = shell([...flags, '--subuidname', name, '--ulimit', 'core=0'], script);
  t.same(lines.slice(0, 2), ['1', '0']);
  t.match(lines[2], /^ +0 +1 +\d+$/, "the caller's own id is not among them");
});

t.test('devices of CDI and of directories', async (t) => {
  const config = sandbox.makeDirectory('config');
  const cdi = sandbox.makeDirectory('config/cdi');
  const edits = {
    env: ['ACME=1', 'OVER=cdi'],
    deviceNodes: [{ path: '/dev/acme', hostPath: '/dev/zero' }],
    mounts: [{ hostPath: '/etc/os-release', containerPath: '/opt/release', options: ['ro'] }],
  };
  const spec = { kind: 'acme.com/box', devices: [{ name: 'one', containerEdits: edits }] };
  writeFileSync(join(cdi, 'acme.json'), JSON.stringify(spec), { mode: 0o644 });
  const script = 'head -c 3 /dev/acme | od -An -tx1; test -s /opt/release && echo $ACME $OVER';
  const flags = [...run, '--device', 'acme.com/box=one', '-e', 'OVER=user'];
  const { stdout, stderr } = sandbox.run([...flags, 'hello', 'sh', '-c', script], {
    env: { XDG_CONFIG_HOME: config },
  });
  t.same([stdout, stderr], [' 00 00 00\n1 user\n', '']);
  if (!existsSync('/dev/net/tun')) throw new Error('/dev/net/tun is needed');
  t.match(shell(['--device', '/dev/net:/dev/other'], 'ls /dev/other'), ['tun', '']);
});

t.test('ports that are told of', async (t) => {
  sandbox.ok('run', '-d', '-P', '--expose', '8000-8001', '--name', 'p', 'hello', 'sleep', '100');
  t.match(sandbox.ok('port', 'p'), /^8000\/tcp -> 0\.0\.0\.0:\d+\n8001\/tcp -> 0\.0\.0\.0:\d+\n$/);
  sandbox.ok('rm', '-f', '-t', '0', 'p');
});

t.test('--rmi takes the image away with the last container', async (t) => {
  sandbox.ok('create', '--name', 'keeper', 'hello', 'true');
  t.equal(sandbox.run(['run', '--rmi', '--network=none', 'hello', 'sh', '-c', 'exit 3']).code, 3);
  t.not(sandbox.ok('images', '-q'), '', 'another container needs it');
  sandbox.ok('rm', 'keeper');
  t.equal(sandbox.run(['run', '--rmi', '--network=none', 'hello', 'true']).code, 0);
  t.equal(sandbox.ok('images', '-q'), '');
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('a container keeps the manager of control groups that it was made with', async (t) => {
  sandbox.ok('--cgroup-manager', 'disabled', 'create', '--name', 'c', '-m', '64m', 'hello', 'true');
  const shown = ['inspect', '-f', '{{.HostConfig.CgroupManager}}', 'c'];
  t.equal(sandbox.ok(...shown), 'disabled\n');
  const refused = /--memory cannot be had: with --cgroup-manager=disabled/;
  t.match(sandbox.run(['start', 'c']), { code: 125, stderr: refused });
  t.match(sandbox.run(['--cgroup-manager', 'cgroupfs', 'start', 'c']), { stderr: refused });
  sandbox.ok('rm', 'c');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
