import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { HealthRecord } from '../../src/monitor/health.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { imageWith } from '../support/image-with.ts';
import { privateMemory } from '../support/monitor.ts';

const sandbox = new Sandbox();
const detached = ['run', '-d', '--network', 'none', '--name'];

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

function health(name: string): HealthRecord {
  return JSON.parse(inspect(name, 'json .State.Health')) as HealthRecord;
}

async function becomes(name: string, status: string): Promise<void> {
  await eventually(`${name} is ${status}`, () => health(name).Status === status);
}

t.test('another check for one that runs', async (t) => {
  sandbox.ok(...detached, 'u', 'hello', 'sleep', '1000');
  const bad = ['--health-cmd', 'echo bad; false', '--health-interval', '200ms'];
  sandbox.ok('update', ...bad, '--health-retries', '1', 'u');
  await becomes('u', 'unhealthy');
  t.match(health('u').Log[0], { ExitCode: 1, Output: 'bad\n' });
  sandbox.ok('update', '--health-cmd', 'echo good', 'u');
  await becomes('u', 'healthy');
  t.match(health('u').Log[0], { ExitCode: 0, Output: 'good\n' }, 'the log begins anew');
  sandbox.ok('update', '--no-healthcheck', 'u');
  t.equal(sandbox.run(['healthcheck', 'run', 'u']).code, 125);
  t.notMatch(sandbox.ok('ps'), /healthy/);
  sandbox.ok('rm', '-f', '-t', '0', 'u');
});

t.test('from starting to unhealthy to healthy', async (t) => {
  const check = 'echo "$WHO in $PWD as $(id -u)"; test -e /tmp/ok';
  const flags = ['-e', 'WHO=me', '-w', '/var', '-u', '7', '--health-cmd', check];
  const times = ['--health-interval', '200ms', '--health-retries', '2'];
  sandbox.ok(...detached, 'h', ...flags, ...times, 'hello', 'sleep', '1000');
  await becomes('h', 'unhealthy');
  t.match(sandbox.ok('ps'), /Up .* \(unhealthy\)/);
  t.ok(health('h').FailingStreak >= 2);
  t.match(health('h').Log[0], { ExitCode: 1, Output: 'me in /var as 7\n' });
  t.match(sandbox.run(['healthcheck', 'run', 'h']), { code: 1, stdout: 'unhealthy\n' });
  sandbox.ok('exec', 'h', 'touch', '/tmp/ok');
  await becomes('h', 'healthy');
  t.equal(health('h').FailingStreak, 0);
  t.equal(sandbox.ok('healthcheck', 'run', 'h'), '');
  t.equal(sandbox.ok('ps', '--filter', 'health=healthy', '--format', '{{.Names}}'), 'h\n');
  t.equal(sandbox.ok('ps', '-q', '--filter', 'health=starting'), '');
  await eventually('the log is full', () => health('h').Log.length === 5);
  t.match(JSON.parse(inspect('h', 'json .Config.Healthcheck')), {
    Test: ['CMD-SHELL', check],
    Interval: 200_000_000,
    Timeout: 30_000_000_000,
    Retries: 2,
  });
  const monitor = inspect('h', '.State.ConmonPid');
  const dirty = privateMemory(monitor);
  t.ok(dirty < 1024, `${dirty} KiB`);
  sandbox.ok('rm', '-f', 'h');
});

t.test('only when asked; one that hangs; one that is not there', async (t) => {
  const asked = ['--health-interval', 'disable', '--health-timeout', '1s'];
  const hang = 'sleep 4711 & sleep 4711';
  sandbox.ok(...detached, 'a', ...asked, '--health-cmd', hang, 'hello', 'sleep', '1000');
  t.same(health('a'), { Status: 'starting', FailingStreak: 0, Log: [] });
  t.match(sandbox.run(['healthcheck', 'run', 'a']), { code: 1, stdout: 'unhealthy\n' });
  t.match(health('a').Log, [{ ExitCode: -1, Output: /longer than 1s/ }]);
  await eventually('what hung is gone', () => !/4711/.test(sandbox.ok('top', 'a', 'args')));
  sandbox.ok('rm', '-f', 'a');
  const words = '["no-such-program", "x"]';
  sandbox.ok(...detached, 'n', ...asked, '--health-cmd', words, 'hello', 'sleep', '1000');
  t.equal(sandbox.run(['healthcheck', 'run', 'n']).code, 1);
  t.match(health('n').Log, [{ ExitCode: 127, Output: /no-such-program: No such file/ }]);
  sandbox.ok('rm', '-f', 'n');
});

t.test('whatever a check prints', async (t) => {
  const directory = sandbox.makeDirectory('health-logs');
  chmodSync(directory, 0o755);
  const check = `printf 'a\\377b"\\001\\\\\\303\\244'; head -c 100000 /dev/zero`;
  const log = ['--health-log-destination', directory, '--health-max-log-size', '20'];
  const more = ['--health-max-log-count', '2', '--health-interval', '100ms'];
  sandbox.ok(...detached, 'o', ...log, ...more, '--health-cmd', check, 'hello', 'sleep', '1000');
  await becomes('o', 'healthy');
  await eventually('there are two results', () => health('o').Log.length === 2);
  const [first] = health('o').Log;
  t.equal(first?.Output, `a\ufffdb"\u0001\\ä${'\0'.repeat(12)}`);
  const file = join(directory, `${inspect('o', '.Id')}-healthcheck.log`);
  t.match(JSON.parse(readFileSync(file, 'utf8')), { Status: 'healthy', Log: [{ ExitCode: 0 }] });
  sandbox.ok('rm', '-f', 'o');
});

t.test('what happens to an unhealthy container', async (t) => {
  const failing = ['--init', '--health-cmd', 'false', '--health-interval', '100ms'];
  for (const [action, code] of [
    ['kill', 137],
    ['stop', 143],
  ]) {
    const flags = [...failing, '--health-on-failure', String(action), '--restart', 'no'];
    sandbox.ok(...detached, 'f', ...flags, 'hello', 'sleep', '1000');
    t.equal(sandbox.ok('wait', 'f'), `${code}\n`, String(action));
    t.equal(inspect('f', '.State.Status'), 'exited');
    sandbox.ok('rm', 'f');
  }
  const restart = ['--health-on-failure', 'restart'];
  sandbox.ok(...detached, 'r', '--rm', ...failing, ...restart, 'hello', 'sleep', '1000');
  await eventually('it has been started again', () => Number(inspect('r', '.RestartCount')) > 0);
  sandbox.run(['stop', '-t', '0', 'r']);
  t.match(sandbox.run(['inspect', 'r']), { code: 125 }, 'it is not started again');
});

t.test('a check of the start-up', async (t) => {
  const first = ['--health-startup-cmd', 'test -e /up', '--health-startup-interval', '100ms'];
  const then = ['--health-cmd', 'test -e /well', '--health-interval', '100ms'];
  const regular = [...then, '--health-retries', '1'];
  sandbox.ok(...detached, 's', ...first, ...regular, 'hello', 'sleep', '1000');
  await eventually('it has been asked', () => health('s').Log.length > 2);
  t.match(health('s'), { Status: 'starting', FailingStreak: 0 });
  sandbox.ok('exec', 's', 'touch', '/up');
  await becomes('s', 'unhealthy');
  sandbox.ok('exec', 's', 'touch', '/well');
  await becomes('s', 'healthy');
  sandbox.ok('rm', '-f', 's');
  const tries = ['--init', '--health-startup-retries', '2'];
  sandbox.ok(...detached, 't', ...tries, ...first, ...regular, 'hello', 'sleep', '1000');
  await eventually('it has been started again', () => Number(inspect('t', '.RestartCount')) > 0);
  sandbox.ok('rm', '-f', '-t', '1', 't');
});

t.test('failures of the start period do not count', async (t) => {
  const period = ['--health-start-period', '1h', '--health-start-interval', '100ms'];
  const check = ['--health-cmd', 'test -e /up', '--health-interval', '1h', '--health-retries', '1'];
  sandbox.ok(...detached, 'p', ...period, ...check, 'hello', 'sleep', '1000');
  await eventually('it has failed', () => health('p').Log.length > 1);
  t.match(health('p'), { Status: 'starting', FailingStreak: 0 });
  sandbox.ok('exec', 'p', 'touch', '/up');
  await becomes('p', 'healthy');
  sandbox.ok('exec', 'p', 'rm', '/up');
  t.match(sandbox.run(['healthcheck', 'run', 'p']), { code: 1, stdout: 'unhealthy\n' });
  sandbox.ok('rm', '-f', 'p');
});

t.test("an image's check", async (t) => {
  const directory = join(sandbox.directory, 'image');
  const Healthcheck = {
    Test: ['CMD', 'test', '-e', '/up'],
    Interval: 1_000_000_000,
    Timeout: 2_000_000_000,
  };
  imageWith(directory, 'localhost/checked:1', { Healthcheck });
  sandbox.ok('load', '-q', '-i', directory);
  sandbox.ok(...detached, 'i', 'localhost/checked:1', 'sh', '-c', 'touch /up; sleep 1000');
  await becomes('i', 'healthy');
  t.match(JSON.parse(inspect('i', 'json .Config.Healthcheck')), { ...Healthcheck, Retries: 3 });
  sandbox.ok('rm', '-f', 'i');
  for (const off of [['--no-healthcheck'], ['--health-cmd', 'none']]) {
    sandbox.ok('create', '--name', 'none', ...off, 'localhost/checked:1');
    t.equal(inspect('none', 'json .State.Health'), 'null');
    t.match(sandbox.run(['healthcheck', 'run', 'none']), { code: 125, stderr: /no defined/ });
    sandbox.ok('rm', 'none');
  }
  sandbox.ok('create', '--name', 'c', '--health-retries', '9', 'localhost/checked:1');
  t.match(JSON.parse(inspect('c', 'json .Config.Healthcheck')), { ...Healthcheck, Retries: 9 });
  t.match(sandbox.run(['healthcheck', 'run', 'c']), { code: 125, stderr: /is created/ });
  sandbox.ok('rm', 'c');
});

t.test('a container that its policy starts again is checked again', async () => {
  const flags = ['--restart', 'always', '--health-cmd', 'test -e /two', '--health-interval', '1h'];
  const script = 'test -e /one && touch /two && exec sleep 1000; touch /one; sleep 0.3';
  sandbox.ok(...detached, 'w', ...flags, 'hello', 'sh', '-c', script);
  await eventually('it has been started again', () => Number(inspect('w', '.RestartCount')) > 0);
  await eventually('it is well', () => sandbox.run(['healthcheck', 'run', 'w']).code === 0);
  sandbox.run(['rm', '-f', '-t', '0', 'w']);
});

t.test('bad input', async (t) => {
  const refuse = (flags: string[], stderr: RegExp): void => {
    t.match(sandbox.run(['create', ...flags, 'hello']), { code: 125, stderr }, flags.join(' '));
  };
  refuse(['--health-on-failure', 'kill'], /cannot set on-failure action to kill without a health/);
  refuse(['--health-cmd', 'x', '--health-on-failure', 'explode'], /"explode"/);
  refuse(['--health-startup-cmd', 'x'], /needs a health check/);
  refuse(['--health-cmd', 'x', '--health-startup-retries', '1'], /needs --health-startup-cmd/);
  refuse(['--health-cmd', 'x', '--health-timeout', '10ms'], /at least 1s/);
  refuse(['--health-cmd', 'x', '--health-interval', 'often'], /invalid duration "often"/);
  refuse(['--health-cmd', 'x', '--health-retries', '0'], /at least 1/);
  refuse(['--health-cmd', 'x', '--no-healthcheck'], /exclude each other/);
  refuse(['--health-cmd', '[]'], /JSON array/);
  refuse(['--health-cmd', 'x', '--health-log-destination', '/no/where'], /no such directory/);
  refuse(['--health-cmd', 'x', '--health-max-log-count', '1000'], /at most 100/);
  t.match(sandbox.run(['healthcheck', 'run', 'nobody']), {
    code: 125,
    stderr: /no such container/,
  });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
