import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const quiet = ['--network', 'none'];

t.test('another container’s namespaces', async (t) => {
  const script = 'echo kept > /dev/shm/x; sleep 1000';
  sandbox.ok(
    'run',
    '-d',
    ...quiet,
    '--hostname',
    'host-a',
    '--name',
    'a',
    'hello',
    'sh',
    '-c',
    script,
  );
  const shared = ['network', 'ipc', 'pid', 'uts', 'cgroupns'].flatMap((kind) => [
    `--${kind}`,
    'container:a',
  ]);
  const look =
    'cat /dev/shm/x; hostname; cat /etc/hostname; readlink /proc/1/ns/ipc; readlink /proc/self/ns/ipc; cat /proc/1/comm; tail -1 /etc/hosts';
  await eventually('the file is there', () => {
    const flags = [...quiet, '--ipc', 'container:a'];
    return sandbox.run(['run', '--rm', ...flags, 'hello', 'cat', '/dev/shm/x']).code === 0;
  });
  const out = sandbox.ok('run', '--name', 'b', ...shared, 'hello', 'sh', '-c', look).split('\n');
  t.same(out.slice(0, 3), ['kept', 'host-a', 'host-a']);
  t.equal(out[3], out[4]);
  t.match(out[5], /^(sh|sleep)$/);
  t.equal(out[6], '127.0.0.1\tb');
  const [{ Id }] = JSON.parse(sandbox.ok('inspect', 'a'));
  const [{ HostConfig, Dependencies }] = JSON.parse(sandbox.ok('inspect', 'b'));
  const modes = ['NetworkMode', 'IpcMode', 'PidMode', 'UTSMode', 'CgroupMode'];
  t.same(
    modes.map((mode) => HostConfig[mode]),
    modes.map(() => `container:${Id}`),
  );
  t.same(Dependencies, [Id]);
  sandbox.ok('rm', 'b');
});

t.test('a container whose user namespace is its own', async (t) => {
  sandbox.ok('run', '-d', ...quiet, '--userns', 'keep-id', '--name', 'k', 'hello', 'sleep', '1000');
  const map = sandbox.ok('exec', 'k', 'cat', '/proc/self/uid_map');
  const flags = ['--rm', '--network', 'container:k', '--ipc', 'container:k'];
  const script = 'cat /proc/self/uid_map; touch /tmp/f; stat -c "%u $(id -u)" /tmp/f';
  const out = sandbox.ok('run', ...flags, 'hello', 'sh', '-c', script);
  t.ok(out.startsWith(map));
  t.match(out.slice(map.length), /^(\d+) \1\n$/, 'its files are the caller’s there, too');
  t.match(
    sandbox.run(['run', '--rm', '--network', 'container:a', '--ipc', 'container:k', 'hello']),
    {
      code: 125,
      stderr: /namespaces of both a and k: they have different user namespaces/,
    },
  );
});

// Its ids change while it is made, and are hidden meanwhile from what looks for its network.
t.test('a network of its own beside what it shares', async (t) => {
  sandbox.ok('run', '-d', ...quiet, '--name', 'shared', 'hello', 'sleep', '1000');
  const ways = [
    ['--ipc', 'container:shared'],
    ['--uts', 'container:shared'],
    ['--userns', 'keep-id'],
  ];
  for (let round = 0; round < 15; round += 1) {
    for (const flags of ways) {
      const own = ['--network', 'slirp4netns', ...flags];
      const { code, stderr } = sandbox.run(['run', '--rm', ...own, 'hello', 'true']);
      t.same([code, stderr], [0, ''], `${flags.join(' ')}, round ${round}`);
    }
  }
  sandbox.ok('rm', '-f', '-t', '0', 'shared');
});

t.test('a namespace at a path', async (t) => {
  const pid = sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'a').trim();
  const own = (kind: string) => `ns:/proc/${pid}/ns/${kind}`;
  const flags = ['--network', own('net'), '--uts', own('uts')];
  const out = sandbox.ok(
    'run',
    '--rm',
    ...flags,
    'hello',
    'sh',
    '-c',
    'hostname; ls /sys/class/net',
  );
  t.equal(out, 'host-a\nlo\n');
  const bad: [string, RegExp][] = [
    ['ns:/proc/self/ns/net', /belongs to the host's user namespace/],
    ['ns:/nonexistent', /no such file or directory/],
    ['ns:', /ns:PATH is needed/],
  ];
  for (const [mode, message] of bad) {
    const { code, stderr } = sandbox.run(['run', '--rm', '--network', mode, 'hello', 'true']);
    t.equal(code, 125);
    t.match(stderr, message);
  }
});

t.test('namespaces of a container that has those of the host', async (t) => {
  const shared = ['network', 'pid', 'ipc', 'uts', 'cgroupns'];
  const host = shared.flatMap((kind) => [`--${kind}`, 'host']);
  sandbox.ok('run', '-d', ...host, '--name', 'h', 'hello', 'sleep', '1000');
  const via = ['--name', 'via', ...quiet, '--uts', 'container:h'];
  sandbox.ok('run', '-d', ...via, 'hello', 'sleep', '1000');
  const kinds = { network: 'net', pid: 'pid', ipc: 'ipc', uts: 'uts', cgroupns: 'cgroup' } as const;
  for (const [flag, kind] of Object.entries(kinds)) {
    const network = flag === 'network' ? [] : quiet;
    const join = ['run', '--rm', ...network, `--${flag}`, 'container:h', 'hello'];
    const seen = sandbox.ok(...join, 'readlink', `/proc/self/ns/${kind}`);
    t.equal(seen.trim(), readlinkSync(`/proc/self/ns/${kind}`), flag);
  }
  const inherited = ['run', '--rm', ...quiet, '--uts', 'container:via', 'hello'];
  t.equal(sandbox.ok(...inherited, 'hostname').trim(), hostname(), 'by way of another');
  sandbox.ok('rm', '-f', '-t', '0', 'via', 'h');
});

t.test('private, none and what makes no sense', async (t) => {
  sandbox.ok('run', '-d', ...quiet, '--ipc', 'private', '--name', 'p', 'hello', 'sleep', '1000');
  const join = ['run', '--rm', ...quiet, '--ipc', 'container:p', 'hello', 'ls', '/dev/shm'];
  t.match(sandbox.run(join), {
    code: 125,
    stderr: /IPC of container \w+ is not allowed: non-shareable/,
  });
  t.match(sandbox.run(['run', '--rm', ...quiet, '--ipc', 'none', 'hello', 'ls', '/dev/shm']), {
    stderr: /No such file/,
  });
  const cases: [string[], RegExp][] = [
    [['--uts', 'container:a', '--hostname', 'x'], /--hostname cannot be used/],
    [['--network', 'container:a', '--dns', '1.1.1.1'], /--dns cannot be used/],
    [['--ipc', 'container:a', '--userns', 'keep-id'], /--userns keep-id cannot be used with --ipc/],
    [['--ipc', 'container:a', '--sysctl', 'kernel.msgmax=1'], /shares an IPC namespace/],
    [['--pid', 'shareable'], /private, host, container:NAME or ns:PATH/],
    [['--ipc', 'container:nobody'], /no such container/],
  ];
  for (const [flags, message] of cases) {
    t.match(sandbox.run(['create', ...flags, 'hello']), { code: 125, stderr: message });
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
