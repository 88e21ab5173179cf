import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const detached = ['run', '-d', '--network', 'none'];

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

/** Ends a container as nobody but the kernel does. */
function crash(name: string): number {
  const pid = Number(inspect(name, '.State.Pid'));
  // 0 would be this very process group.
  if (pid < 2) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
  return pid;
}

function restarts(name: string): number {
  return Number(inspect(name, '.RestartCount'));
}

t.test('always, until it is stopped', async (t) => {
  const script = 'echo up; sleep 0.1; exit 3';
  sandbox.ok(...detached, '--restart', 'always', '--name', 'a', 'hello', 'sh', '-c', script);
  await eventually('it has been started three times', () => restarts('a') >= 2);
  t.match(sandbox.ok('logs', 'a'), /^(up\n){3}/);
  t.match(inspect('a', '.State.Status'), /^(starting|running|restarting)$/);
  t.equal(inspect('a', '.HostConfig.RestartPolicy.Name'), 'always');
  await eventually('it is seen between two runs', () =>
    /Restarting \(3\)/.test(sandbox.ok('ps', '-a')),
  );
  t.equal(sandbox.run(['rm', 'a']).code, 2);
  t.equal(sandbox.run(['stop', '-t', '0', 'a']).code, 0);
  t.equal(inspect('a', '.State.Status'), 'exited');
  const count = restarts('a');
  t.equal(spawnSync('pgrep', ['-f', sandbox.root]).status, 1, 'nobody is left to start it');
  t.equal(restarts('a'), count);
  sandbox.ok('start', 'a');
  t.match(inspect('a', '.State.Status'), /^(starting|running|restarting)$/);
  t.equal(sandbox.run(['rm', '-f', 'a']).code, 0);
});

t.test('on failure, so many times', async (t) => {
  const start = [...detached, '--restart', 'on-failure:2'];
  sandbox.ok(...start, '--name', 'f', 'hello', 'sh', '-c', 'echo no; exit 1');
  await eventually('it is given up', () => inspect('f', '.State.Status') === 'exited');
  t.equal(sandbox.ok('logs', 'f'), 'no\nno\nno\n');
  t.equal(restarts('f'), 2);
  t.equal(inspect('f', '.State.ExitCode'), '1');
  sandbox.ok(...start, '--name', 'g', 'hello', 'true');
  await eventually('it has ended', () => inspect('g', '.State.Status') === 'exited');
  t.equal(restarts('g'), 0);
  sandbox.ok('rm', 'f', 'g');
});

t.test('what ends it from outside', async (t) => {
  const flags = ['--restart', 'unless-stopped', '--init'];
  sandbox.ok(...detached, ...flags, '--name', 'k', 'hello', 'sleep', '1000');
  const pid = crash('k');
  await eventually('it runs again', () => restarts('k') === 1);
  t.not(Number(inspect('k', '.State.Pid')), pid);
  t.match(sandbox.ok('exec', 'k', 'cat', '/proc/self/status'), /^NoNewPrivs:\t0$/m);
  sandbox.ok('kill', 'k');
  await eventually('it has ended', () => inspect('k', '.State.Status') === 'exited');
  sandbox.ok('start', '--filter', 'restart-policy=unless-stopped');
  t.equal(inspect('k', '.State.Status'), 'running');
  t.equal(sandbox.ok('start', '--filter', 'restart-policy=always'), '');
  sandbox.ok('stop', 'k');
  t.equal(inspect('k', '.State.Status'), 'exited');
  sandbox.ok('rm', 'k');
});

t.test('a stop at any moment of a restart', async (t) => {
  const flags = ['--rm', '--name', 'm', '--health-cmd', 'false', '--health-interval', '100ms'];
  const unhealthy = [...flags, '--health-on-failure', 'restart', '--init'];
  for (let pause = 100; pause < 700; pause += 50) {
    sandbox.ok(...detached, ...unhealthy, 'hello', 'sleep', '1000');
    await new Promise((resolve) => setTimeout(resolve, pause));
    sandbox.ok('stop', '-t', '0', 'm');
    t.equal(sandbox.run(['container', 'exists', 'm']).code, 1, `after ${pause} ms it has gone`);
  }
});

t.test('another policy for one that runs, and who starts at boot', async (t) => {
  const script = 'trap "exit 3" USR1; while :; do sleep 0.05; done';
  const command = ['hello', 'sh', '-c', script];
  sandbox.ok(...detached, '--restart', 'unless-stopped', '--name', 'u', ...command);
  sandbox.ok(...detached, '--restart', 'always', '--name', 'v', ...command);
  const boot = (): string => {
    const words = ['ps', '-a', '--format', '{{.Names}}', '--filter', 'should-start-on-boot=true'];
    return sandbox
      .ok(...words)
      .split('\n')
      .sort()
      .join(' ')
      .trim();
  };
  t.equal(boot(), 'u v');
  sandbox.ok('stop', '-t', '0', 'u');
  t.equal(boot(), 'v');
  crash('v');
  await eventually('it runs again', () => restarts('v') === 1);
  sandbox.ok('update', '--restart', 'no', 'v');
  t.equal(boot(), '');
  await eventually('it runs', () => inspect('v', '.State.Status') === 'running');
  crash('v');
  await eventually('it has ended', () => inspect('v', '.State.Status') === 'exited');
  sandbox.ok('update', '--restart', 'on-failure:1', 'v');
  t.equal(inspect('v', '.HostConfig.RestartPolicy.MaximumRetryCount'), '1');
  t.equal(sandbox.run(['update', '--restart', 'always:1', 'v']).code, 125);
  t.equal(sandbox.ok('update', 'v'), `${inspect('v', '.Id')}\n`, 'nothing to change');
  t.equal(inspect('v', '.HostConfig.RestartPolicy.MaximumRetryCount'), '1');
  sandbox.ok('rm', 'u', 'v');
});

t.test('a policy for one that was started without any', async (t) => {
  const command = ['hello', 'sh', '-c', 'trap "exit 3" USR1; while :; do sleep 0.05; done'];
  for (const name of ['late', 'ended']) {
    sandbox.ok(...detached, '--name', name, ...command);
    // The second leaves nothing more behind.
    for (const policy of ['on-failure', 'always']) sandbox.ok('update', '--restart', policy, name);
  }
  const pid = inspect('late', '.State.Pid');
  crash('late');
  const isNew = () => !['0', pid].includes(inspect('late', '.State.Pid'));
  await eventually('it runs again', isNew);
  t.equal(restarts('late'), 1);
  crash('late');
  await eventually('its own monitor does so the next time', () => restarts('late') === 2);
  sandbox.ok('stop', '-t', '0', 'late', 'ended');
  sandbox.ok('start', 'late');
  t.equal(restarts('late'), 0, 'a start by somebody is none');
  sandbox.ok('stop', '-t', '0', 'late');
  t.equal(sandbox.ok('container', 'cleanup', '--restart', 'ended'), `ended\n`);
  t.equal(inspect('ended', '.State.Status'), 'exited', 'whoever stopped it meant that');
  sandbox.ok('rm', 'late', 'ended');
});

t.test('the first restart by a later policy counts towards its limit', async (t) => {
  const script = 'echo run; until test -e /go; do sleep 0.05; done; exit 3';
  sandbox.ok(...detached, '--name', 'few', 'hello', 'sh', '-c', script);
  sandbox.ok('update', '--restart', 'on-failure:2', 'few');
  sandbox.ok('exec', 'few', 'touch', '/go');
  const ending = '.State.Status}} {{.State.ExitCode}} {{.RestartCount';
  await eventually('it has ended for good', () => inspect('few', ending) === 'exited 3 2');
  t.equal(sandbox.ok('logs', 'few'), 'run\n'.repeat(3));
  sandbox.ok('rm', 'few');
});

t.test('network, ports and volumes are there again', async (t) => {
  const port = await freePort();
  const script = 'echo run >>/vol/n; exec httpd -f -p 80';
  const flags = ['-p', `127.0.0.1:${port}:80`, '-v', 'vol:/vol', '--restart', 'always'];
  sandbox.ok('run', '-d', ...flags, '--init', '--name', 'n', 'hello', 'sh', '-c', script);
  await eventually(
    'it has begun',
    () => sandbox.run(['exec', 'n', 'test', '-e', '/vol/n']).code === 0,
  );
  crash('n');
  await eventually(
    'it runs again',
    () => restarts('n') > 0 && inspect('n', '.State.Running') === 'true',
  );
  const connected = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.unref();
  });
  t.ok(connected);
  t.match(sandbox.ok('exec', 'n', 'cat', '/vol/n'), /^run\nrun\n/);
  sandbox.run(['rm', '-f', '-t', '0', 'n']);
  sandbox.run(['volume', 'rm', 'vol']);
});

t.test('bad input', async (t) => {
  const refuse = (flags: string[], stderr: RegExp): void => {
    t.match(sandbox.run(['run', ...flags, 'hello']), { code: 125, stderr }, flags.join(' '));
  };
  refuse(['--restart', 'sometimes'], /--restart "sometimes"/);
  refuse(['--restart', 'on-failure:x'], /--restart "x"/);
  refuse(['--restart', 'always:3'], /--restart/);
  refuse(['--restart', 'always', '--rm'], /cannot be used with --rm/);
  refuse(['--restart', 'always', '--log-driver', 'passthrough'], /passthrough/);
  t.notOk(existsSync(join(sandbox.root, 'names', 'x')));
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
