import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const detached = ['run', '-d', '--network', 'none'];
const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');

t.test('rename', async (t) => {
  const id = sandbox.ok(...detached, '--name', 'old', 'hello', 'sleep', '100').trim();
  sandbox.ok('create', '--name', 'other', 'hello');
  sandbox.ok('rename', 'old', 'new');
  t.equal(sandbox.ok('inspect', '--format', '{{.Name}} {{.Id}}', 'new'), `new ${id}\n`);
  t.match(sandbox.run(['inspect', 'old']), { code: 125 });
  t.match(sandbox.run(['rename', 'new', 'other']), { code: 125, stderr: /already in use/ });
  t.match(sandbox.run(['rename', 'new', '../x']), { code: 125, stderr: /name/ });
  t.match(sandbox.run(['rename', 'gone', 'x']), { code: 125, stderr: /no such container/ });
  sandbox.ok('rename', 'other', 'old');
  t.same(readdirSync(join(sandbox.root, 'names')).sort(), ['new', 'old']);
  sandbox.ok(...detached, '--rm', '--name', 'brief', 'hello', 'sleep', '100');
  t.match(sandbox.run(['rename', 'brief', 'x']), { code: 125, stderr: /runs with --rm/ });
  sandbox.ok('rm', '-f', 'brief', 'new', 'old');
});

t.test('restart', async (t) => {
  sandbox.ok(...detached, '--init', '--name', 'r', 'hello', 'sleep', '100');
  const pid = (): string => sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'r').trim();
  const first = pid();
  t.equal(sandbox.ok('restart', 'r'), 'r\n');
  t.not(pid(), first);
  sandbox.ok('stop', 'r');
  t.equal(sandbox.ok('restart', '--running'), '');
  t.match(sandbox.ok('restart', '--all'), /^[0-9a-f]{64}\n$/);
  t.match(sandbox.run(['restart', 'r', 'gone']), { code: 125, stdout: 'r\n' });
  sandbox.ok('rm', '-f', 'r');
});

t.test('exists and prune', async (t) => {
  sandbox.ok('create', '--name', 'e', '--label', 'keep=1', 'hello');
  const id = sandbox.ok('create', '--name', 'f', 'hello').trim();
  sandbox.ok(...detached, '--name', 'g', 'hello', 'sleep', '100');
  t.match(sandbox.run(['container', 'exists', 'e']), { code: 0, stdout: '', stderr: '' });
  t.match(sandbox.run(['container', 'exists', 'nope']), { code: 1, stdout: '', stderr: '' });
  t.match(sandbox.run(['container', 'prune'], { input: 'n\n' }).stdout, /non running/);
  t.equal(sandbox.ok('container', 'prune', '-f', '--filter', 'name=f'), `${id}\n`);
  t.equal(sandbox.ok('container', 'prune', '-f', '--filter', 'until=1h'), '');
  t.equal(sandbox.ok('container', 'prune', '-f').length, 65);
  t.equal(sandbox.ok('ps', '-a', '--format', '{{.Names}}'), 'g\n');
  sandbox.ok('rm', '-f', 'g');
});

t.test('port', async (t) => {
  const [port, other] = [await freePort(), await freePort()];
  const publish = ['-p', `127.0.0.1:${port}:80`, '-p', `127.0.0.1:${other}:53/udp`];
  sandbox.ok('run', '-d', ...publish, '--name', 'p', 'hello', 'sleep', '100');
  t.equal(sandbox.ok('port', 'p'), `80/tcp -> 127.0.0.1:${port}\n53/udp -> 127.0.0.1:${other}\n`);
  t.equal(sandbox.ok('port', 'p', '80'), `127.0.0.1:${port}\n`);
  t.equal(sandbox.ok('port', 'p', '53/udp'), `127.0.0.1:${other}\n`);
  t.match(sandbox.ok('port', '--all'), /^[0-9a-f]{12}\t80\/tcp -> /);
  t.match(sandbox.run(['port', 'p', '81']), {
    code: 125,
    stderr: /failed to find published port "81"/,
  });
  t.match(sandbox.run(['port', 'p', 'x']), { code: 125, stderr: /invalid port/ });
  t.match(sandbox.run(['port']), { code: 125, stderr: /provide a name or id/ });
  sandbox.ok('rm', '-f', 'p');
});

t.test('stats', async (t) => {
  sandbox.ok('run', '-d', '--name', 's', 'hello', 'sh', '-c', 'sleep 100; :');
  const [heading = '', line = ''] = sandbox.ok('stats', '--no-stream').split('\n');
  t.match(heading, /^ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET IO +BLOCK IO +PIDS/);
  t.match(line, /^[0-9a-f]{12} +s +\d+\.\d\d% +[\d.]+[kM]B \/ [\d.]+GB +\d/);
  t.equal(sandbox.ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDS}}', 's'), 's 2\n');
  const [json] = JSON.parse(sandbox.ok('stats', '--no-stream', '--format', 'json'));
  t.match(json, { name: 's', pids: '2', net_io: /B \/ / });
  const child = sandbox.start(['stats', '--interval', '1', '--format', '{{.Name}}']);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  await eventually('two rounds were shown', () => text === 's\ns\n');
  child.kill();
  sandbox.run(['rm', '-f', '-t', '0', 's']);
  t.match(sandbox.run(['stats', '--no-stream', 's']), { code: 125, stderr: /no such container/ });
  t.match(sandbox.run(['stats', '--interval', '0']), { code: 125, stderr: /--interval/ });
});

t.test('the pid namespace of the host', async (t) => {
  t.match(sandbox.ok('run', '--rm', '--pid', 'host', 'hello', 'cat', '/proc/1/comm'), /\w/);
  const flags = ['--rm', '--pid', 'host', '--oom-score-adj', '500'];
  t.equal(sandbox.ok('run', ...flags, 'hello', 'cat', '/proc/self/oom_score_adj'), '500\n');
});

// Where there are control groups test/vm has the other half of this.
t.test('without control groups limits are an error, and nothing else is', async (t) => {
  const hidden = ['--cgroup-manager', 'disabled'];
  for (const flags of [
    ['-m', '64m'],
    ['--cpus', '1'],
    ['--cgroup-parent', 'x.slice'],
  ]) {
    const { code, stdout, stderr } = sandbox.run([...hidden, 'run', '--rm', ...flags, 'hello']);
    t.same({ code, stdout }, { code: 125, stdout: '' });
    t.match(
      stderr,
      new RegExp(`^Error: ${flags[0] === '-m' ? '--memory' : flags[0]} cannot be had`),
    );
  }
  // As podman has it, 0 is no limit.
  const zero = ['-m', '0', '--memory-swap', '0', '--cpus', '0', '--pids-limit', '0', '-c', '0'];
  sandbox.ok(...hidden, 'run', '--rm', '--network', 'none', ...zero, 'hello');
  sandbox.ok('create', '--name', 'z', '-m', '64m', '--cpus', '2', 'hello');
  sandbox.ok('update', '-m', '0', '--cpus', '0', 'z');
  sandbox.ok(...hidden, 'start', 'z');
  sandbox.ok('rm', '-f', '-t', '0', 'z');
  sandbox.ok(...hidden, ...detached, '--name', 'n', 'hello', 'sleep', '100');
  for (const verb of [['pause'], ['update', '--cpus', '1']]) {
    const { code, stderr } = sandbox.run([...verb, 'n']);
    t.equal(code, 125);
    t.match(stderr, /it has no control group/);
  }
  sandbox.ok('update', 'n');
  sandbox.ok('rm', '-f', 'n');
  if (!unified) {
    const { stderr } = sandbox.run(['run', '--rm', '-m', '64m', 'hello']);
    t.match(stderr, /no unified control groups/);
    const split = sandbox.run(['run', '--rm', '--cgroups=split', 'hello', 'true']);
    t.match(split, {
      code: 0,
      stderr: /^time=\S+ level=warning msg="no control group: .*no unified control groups.*\n$/,
    });
  }
  t.equal(spawnSync('pgrep', ['-f', sandbox.root]).status, 1);
});

t.test('keys that are none are told before anything is made or started', async (t) => {
  sandbox.ok('create', '--name', 'k', '--network', 'none', 'hello');
  for (const keys of ['foo', 'ctrl-', 'ctrl-a,', 'ctrl-1']) {
    for (const words of [
      ['run', '--name', 'l', 'hello'],
      ['start', '-a', 'k'],
      ['attach', 'k'],
      ['exec', 'k', 'true'],
    ]) {
      const [verb = '', ...rest] = words;
      const result = sandbox.run([verb, '--detach-keys', keys, ...rest]);
      const stderr = /^Error: invalid --detach-keys [^\n]+\n$/;
      t.match(result, { code: 125, stdout: '', stderr }, `${verb} ${keys}`);
    }
  }
  t.equal(sandbox.ok('ps', '-a', '--format', '{{.Names}} {{.State}}'), 'k created\n');
  for (const keys of ['', 'q', ',', 'ctrl-@,a', 'ctrl-A,ctrl-\\', ',,a']) {
    t.match(sandbox.run(['start', '-a', '--detach-keys', keys, 'k']), { code: 0 }, keys);
  }
  sandbox.ok('rm', 'k');
});

t.test('limits that make no sense', async (t) => {
  const cases: [string[], RegExp][] = [
    [['-m', 'x'], /invalid size "x"/],
    [['-m', '64m', '--memory-swap', '32m'], /--memory-swap is less than --memory/],
    [['--cpus', '0.001'], /--cpus/],
    [['--cpus', '1', '--cpu-quota', '5'], /--cpu-quota and --cpus cannot be set together/],
    [['--cpuset-cpus', 'a'], /--cpuset-cpus/],
    [['--blkio-weight', '5'], /--blkio-weight/],
    [['--device-read-bps', '/dev/null:1m'], /not a block device/],
    [['--cgroup-conf', 'x'], /--cgroup-conf/],
    [['--cgroups', 'x'], /--cgroups/],
    [['--oom-score-adj', '2000'], /--oom-score-adj/],
  ];
  for (const [flags, message] of cases) {
    t.match(sandbox.run(['run', '--rm', ...flags, 'hello']), { code: 125, stderr: message });
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
