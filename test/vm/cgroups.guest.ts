import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const scope = /user@1000\.service\/user\.slice\/bryo-[0-9a-f]{64}\.scope\/container$/;

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

/** A file of a container's control group. */
function file(container: string, name: string): string {
  return readFileSync(join(inspect(container, '.State.CgroupPath'), name), 'utf8').trim();
}

t.test('a container has a scope of its own, which goes with it', async (t) => {
  sandbox.ok('run', '-d', '--name', 'c', 'hello', 'sleep', '100');
  const path = inspect('c', '.State.CgroupPath');
  t.match(path, scope);
  t.equal(file('c', 'pids.max'), '2048');
  t.equal(file('c', 'cgroup.procs'), inspect('c', '.State.Pid'));
  t.match(readFileSync(`/proc/${inspect('c', '.State.ConmonPid')}/cgroup`, 'utf8'), /\/monitor$/m);
  t.equal(sandbox.ok('exec', 'c', 'cat', '/proc/self/cgroup'), '0::/\n');
  t.match(sandbox.ok('exec', 'c', 'cat', '/sys/fs/cgroup/pids.max'), /^2048$/m);
  t.not(sandbox.run(['exec', 'c', 'sh', '-c', 'echo 9 >/sys/fs/cgroup/pids.max']).code, 0);
  sandbox.ok('rm', '-f', 'c');
  t.notOk(existsSync(path));
  await eventually('the scope is gone', () => !existsSync(dirname(path)));
});

t.test('limits', async (t) => {
  const limits = ['-m', '64m', '--memory-swap', '96m', '--memory-reservation', '32m'];
  const more = ['--cpus', '0.5', '--cpu-shares', '512', '--pids-limit', '50'];
  const conf = ['--cgroup-conf', 'memory.high=60M', '--oom-score-adj', '700'];
  sandbox.ok('run', '-d', '--name', 'l', ...limits, ...more, ...conf, 'hello', 'sleep', '100');
  t.equal(file('l', 'memory.max'), String(64 << 20));
  t.equal(file('l', 'memory.swap.max'), String(32 << 20));
  t.equal(file('l', 'memory.low'), String(32 << 20));
  t.equal(file('l', 'memory.high'), String(60 << 20));
  t.equal(file('l', 'cpu.max'), '50000 100000');
  t.equal(file('l', 'cpu.weight'), '20');
  t.equal(file('l', 'pids.max'), '50');
  t.equal(readFileSync(`/proc/${inspect('l', '.State.Pid')}/oom_score_adj`, 'utf8').trim(), '700');
  t.equal(inspect('l', '.HostConfig.Memory'), String(64 << 20));
  t.match(sandbox.run(['update', '-m', '128m', 'l']), { code: 125, stderr: /--memory-swap/ });
  sandbox.ok('update', '-m', '128m', '--memory-swap', '128m', '--pids-limit', '-1', 'l');
  t.equal(file('l', 'memory.swap.max'), '0');
  t.equal(file('l', 'memory.max'), String(128 << 20));
  t.equal(file('l', 'pids.max'), 'max');
  sandbox.run(['restart', '-t', '0', '--running', 'l']);
  t.equal(file('l', 'memory.max'), String(128 << 20), 'an update outlives the run');
  t.equal(file('l', 'cpu.max'), '50000 100000');
  sandbox.ok('rm', '-f', 'l');
});

t.test('what is not delegated is named, with what delegates it', async (t) => {
  const { code, stderr } = sandbox.run(['run', '--rm', '--cpuset-cpus', '0', 'hello', 'true']);
  t.equal(code, 125);
  t.match(stderr, /--cpuset-cpus needs the control group controller "cpuset".*not delegated/);
  t.match(stderr, /user@\.service\.d/);
  t.match(sandbox.run(['run', '--rm', '-m', '1', 'hello', 'true']), { code: /^(125|126|137)$/ });
  t.match(sandbox.run(['run', '--rm', '--cgroup-conf', 'pids.max=x', 'hello', 'true']), {
    code: 125,
    stderr: /the kernel refuses "x" for pids\.max/,
  });
  t.match(sandbox.run(['run', '--rm', '--cgroups=disabled', '-m', '64m', 'hello', 'true']), {
    code: 125,
    stderr: /--memory cannot be had: with --cgroups=disabled/,
  });
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('doctor tells what is delegated, what is not, and what delegates it', async (t) => {
  const { stdout } = sandbox.run(['doctor']);
  t.match(stdout, /^ok {4}control groups +version 2, delegated: cpu memory pids; not: cpuset/m);
  t.match(stdout, /^ +sudo mkdir -p \/etc\/systemd\/system\/user@\.service\.d/m);
  t.match(stdout, /^ok {4}linger +on/m);
});

t.test('the groups that --cgroups and --cgroupns ask for', async (t) => {
  t.equal(
    sandbox.ok('run', '--rm', '--cgroupns', 'private', 'hello', 'cat', '/proc/self/cgroup'),
    '0::/\n',
  );
  const own = readFileSync('/proc/self/cgroup', 'utf8').trim();
  const disabled = ['run', '--rm', '--cgroups=disabled', '--cgroupns=host'];
  t.equal(sandbox.ok(...disabled, 'hello', 'cat', '/proc/self/cgroup'), `${own}\n`);
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'slice',
    '--cgroup-parent',
    'own.slice',
    'hello',
    'sleep',
    '99',
  );
  t.match(inspect('slice', '.State.CgroupPath'), /user@1000\.service\/own\.slice\/bryo-/);
  sandbox.run(['rm', '-f', '-t', '0', 'slice']);
});

t.test('no-conmon leaves the monitor with its caller', async (t) => {
  const unit = ['--user', '--pipe', '--wait', '--collect', '-p', 'Delegate=yes', '-q'];
  const script =
    '"$@" run -d --cgroups=no-conmon --name stay hello sleep 99 >/dev/null; cat /proc/self/cgroup; ' +
    'cat /proc/$("$@" inspect --format "{{.State.ConmonPid}}" stay)/cgroup; ' +
    '"$@" inspect --format "{{.State.CgroupPath}}" stay; "$@" rm -f -t 0 stay >/dev/null';
  const { stdout, stderr } = spawnSync(
    'systemd-run',
    [...unit, 'sh', '-c', script, 'sh', ...sandbox.argv([])],
    { encoding: 'utf8', env: { ...process.env, XDG_RUNTIME_DIR: '/run/user/1000' } },
  );
  t.equal(stderr, '');
  const [caller, monitor, group] = stdout.split('\n');
  t.equal(monitor, caller);
  t.match(group, /\/user@1000\.service\/bryo-[0-9a-f]{64}$/);
});

t.test('out of memory', async (t) => {
  const fill = 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo never';
  const flags = ['--name', 'o', '-m', '32m', '--memory-swap', '32m'];
  const ended = sandbox.run(['run', ...flags, 'hello', 'sh', '-c', fill]);
  t.equal(ended.code, 137);
  t.equal(ended.stdout, '');
  t.equal(inspect('o', '.State.OOMKilled'), 'true');
  sandbox.ok('rm', 'o');
});

t.test('a fork bomb is held', async (t) => {
  const bomb = 'i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; wait';
  const { stderr } = sandbox.run(['run', '--rm', '--pids-limit', '20', 'hello', 'sh', '-c', bomb]);
  t.match(stderr, /fork/);
});

t.test('stats are those of the group', async (t) => {
  sandbox.ok('run', '-d', '--name', 's', '-m', '64m', 'hello', 'sh', '-c', 'while :; do :; done');
  await eventually('it has worked', () => !sandbox.ok('top', 's', 'time').endsWith('\n0s\n'));
  const [stats] = JSON.parse(sandbox.ok('stats', '--no-stream', '--format', 'json', 's'));
  t.match(stats.mem_usage, / \/ 67\.11MB$/);
  t.match(stats.pids, /^1$/);
  t.ok(Number.parseFloat(stats.cpu_percent) > 1);
  t.match(stats.pressure, { cpu: Number });
  sandbox.run(['rm', '-f', '-t', '0', 's']);
});

t.test('pause', async (t) => {
  const count = 'i=0; while :; do i=$((i+1)); echo $i >/tmp/n; sleep 0.1; done';
  sandbox.ok('run', '-d', '--name', 'p', 'hello', 'sh', '-c', count);
  t.equal(sandbox.ok('pause', 'p'), 'p\n');
  t.equal(inspect('p', '.State.Status'), 'paused');
  t.match(sandbox.ok('ps'), /Paused/);
  t.equal(sandbox.ok('ps', '-q', '--filter', 'status=paused').trim().length, 12);
  t.match(file('p', 'cgroup.events'), /frozen 1/);
  t.match(sandbox.run(['exec', 'p', 'true']), { code: 255, stderr: /it is paused/ });
  t.match(sandbox.run(['pause', 'p']), { code: 125, stderr: /already paused/ });
  t.equal(sandbox.ok('unpause', '--all').trim().length, 64);
  t.match(sandbox.run(['unpause', 'p']), { code: 125, stderr: /not paused/ });
  sandbox.ok('exec', 'p', 'true');
  sandbox.ok('pause', 'p');
  t.equal(sandbox.run(['stop', '-t', '1', 'p']).code, 0);
  sandbox.ok('rm', 'p');
});

t.test('a container that is started again has its old limits', async (t) => {
  const flags = ['--restart', 'always', '-m', '64m', '--cpus', '0.5', '--name', 'again'];
  sandbox.ok('run', '-d', ...flags, 'hello', 'sleep', '1000');
  const path = inspect('again', '.State.CgroupPath');
  sandbox.ok('update', '--pids-limit', '77', 'again');
  const pid = Number(inspect('again', '.State.Pid'));
  t.ok(pid > 1);
  process.kill(pid, 'SIGKILL');
  await eventually('it has been started again', () => {
    const count = Number(inspect('again', '.RestartCount'));
    return count > 0 && inspect('again', '.State.Status') === 'running';
  });
  t.equal(inspect('again', '.State.CgroupPath'), path);
  t.equal(file('again', 'memory.max'), String(64 << 20));
  t.equal(file('again', 'cpu.max'), '50000 100000');
  t.equal(file('again', 'pids.max'), '77');
  t.equal(file('again', 'cgroup.procs'), inspect('again', '.State.Pid'));
  sandbox.run(['rm', '-f', '-t', '0', 'again']);
});

t.test('processes that leave the pid namespace out end with the container', async (t) => {
  const stray = 'setsid sleep 4242 & sleep 0.2';
  sandbox.ok('run', '--rm', '--pid', 'host', 'hello', 'sh', '-c', stray);
  const { stdout } = spawnSync('pgrep', ['-f', 'sleep 4242'], { encoding: 'utf8' });
  t.equal(stdout, '');
});

t.test('a service with a delegated group of its own', async (t) => {
  const unit = ['--user', '--wait', '--pipe', '--collect', '-p', 'Delegate=yes', '-q'];
  const command = 'cat /proc/self/cgroup; cat /sys/fs/cgroup/memory.max';
  for (const how of [['--cgroups=split'], []]) {
    const flags = ['run', '--rm', '-m', '64m', ...how, 'hello', 'sh', '-c', command];
    const global = how.length > 0 ? [] : ['--cgroup-manager', 'cgroupfs'];
    const [program = '', ...argv] = sandbox.argv([...global, ...flags]);
    const { status, stdout, stderr } = spawnSync('systemd-run', [...unit, program, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: '/run/user/1000' },
    });
    t.equal(status, 0, stderr);
    t.equal(stdout, `0::/\n${64 << 20}\n`, how.join(' '));
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
  const slice = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice';
  await eventually('no scope is left', () => {
    const { stdout } = spawnSync('find', [slice, '-name', 'bryo-*'], { encoding: 'utf8' });
    return stdout === '';
  });
});
