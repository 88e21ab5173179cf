import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { lockOwner } from '../../src/native/locks.ts';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const detached = ['run', '-d', '--network', 'none'];

function names(...filters: string[]): string[] {
  const flags = filters.flatMap((filter) => ['--filter', filter]);
  const text = sandbox.ok('ps', '-a', '--format', '{{.Names}}', ...flags);
  return text.split('\n').filter(Boolean).sort();
}

function inspect(name: string, field: string): string {
  return sandbox.ok('inspect', '--format', `{{${field}}}`, name).trim();
}

t.test('how containers are chosen', async (t) => {
  const file = join(sandbox.makeDirectory('ids'), 'one.id');
  sandbox.ok('create', '--cidfile', file, '--label', 'job=1', '--name', 'one', 'hello', 'true');
  const two = sandbox.ok('create', '--label', 'job=2', '--name', 'two', 'hello', 'true').trim();
  const id = readFileSync(file, 'utf8');
  t.equal(sandbox.ok('start', '--cidfile', file), `${id}\n`);
  t.equal(sandbox.ok('wait', '--cidfile', file), '0\n');
  t.equal(sandbox.ok('start', '--latest'), `${two}\n`);
  t.equal(sandbox.ok('wait', '-l'), '0\n');
  const wrong: [string[], RegExp][] = [
    [['stop'], /at least one name or id/],
    [['stop', '--all', 'one'], /--all and containers cannot be used together/],
    [['kill', '--latest', 'one'], /--latest and containers cannot be used together/],
    [['pause', '--latest', '--all'], /--all and --latest cannot be used together/],
    [['stop', '--filter', 'name=x', 'one'], /--filter and containers cannot be used together/],
    [['stop', '--cidfile', '/nowhere'], /reading CIDFile: open \/nowhere: no such file/],
    [['start', '-a', 'one', 'two'], /cannot start and attach multiple containers at once/],
    [['start', '--sig-proxy', 'one'], /--sig-proxy needs --attach/],
    [['rm', '--time', '1', 'one'], /--time needs --force/],
    [['wait', '--condition', 'happy', 'one'], /invalid --condition "happy"/],
    [['wait', '--interval', 'soon', 'one'], /invalid duration "soon"/],
    [['kill', '--signal', '0', 'one'], /invalid signal: 0/],
    [['start', 'one', '--filter', 'colour=red'], /colour is an invalid filter/],
  ];
  for (const [words, message] of wrong) {
    const { code, stdout, stderr } = sandbox.run(words);
    t.same([code, stdout], [125, ''], words.join(' '));
    t.match(stderr, message);
    t.equal(stderr.split('\n').length, 2, 'one line');
  }
  t.equal(sandbox.ok('stop', '--ignore', '--cidfile', '/nowhere'), '');
  t.equal(sandbox.ok('pause', '--all'), '');
  t.equal(sandbox.ok('kill', '--all'), '');
  t.equal(sandbox.ok('start', '--filter', 'name=nobody'), '');
  t.equal(sandbox.ok('rm', '--filter', 'label=job=2'), `${two}\n`);
  t.same(names(), ['one']);
  t.equal(sandbox.ok('rm', '--latest'), `${id}\n`);
});

t.test('a failure does not keep the others from their turn', async (t) => {
  sandbox.ok(...detached, '--name', 'up', 'hello', 'sleep', '100');
  sandbox.ok('create', '--name', 'down', 'hello', 'true');
  const started = sandbox.run(['start', 'nobody', 'down']);
  t.same([started.code, started.stdout], [125, 'down\n']);
  t.match(started.stderr, /no container with name or ID "nobody" found/);
  t.equal(sandbox.ok('wait', 'down'), '0\n');
  const removed = sandbox.run(['rm', 'nobody', 'up', 'down']);
  t.same([removed.code, removed.stdout], [1, 'down\n']);
  t.match(removed.stderr, /"nobody".*\n.*cannot remove container [0-9a-f]{64} as it is running/);
  t.equal(sandbox.run(['rm', 'up']).code, 2);
  t.equal(sandbox.ok('rm', '--force', '--time', '0', 'nobody', 'up'), 'up\n');
});

t.test('several are stopped at the same time, and 0 seconds is a kill', async (t) => {
  for (const name of ['s1', 's2']) {
    sandbox.ok(...detached, '--init', '--name', name, 'hello', 'sleep', '100');
  }
  sandbox.ok(...detached, '--name', 's3', 'hello', 'sleep', '100');
  t.equal(sandbox.ok('stop', '-t', '0', 's3'), 's3\n', 'without a warning');
  t.equal(sandbox.ok('stop', '--all').split('\n').filter(Boolean).length, 2);
  t.same(
    ['s1', 's2', 's3'].map((name) => inspect(name, '.State.ExitCode')),
    ['143', '143', '137'],
  );
  t.equal(sandbox.ok('start', 's1', 's2'), 's1\ns2\n');
  t.equal(sandbox.ok('restart', '--running', '-t', '0').split('\n').filter(Boolean).length, 2);
  t.equal(inspect('s3', '.State.Status'), 'exited');
  t.equal(sandbox.ok('kill', '--signal', 'SIGTERM', '--all').split('\n').length, 3);
  t.equal(sandbox.ok('wait', 's1', 's2', '--condition=stopped'), '143\n143\n');
  sandbox.ok('rm', '--all');
});

t.test('a run between two looks of wait', async (t) => {
  sandbox.ok('create', '--name', 'short', '--network', 'none', 'hello', 'true');
  const waiter = sandbox.start(['wait', '--condition=running', '--interval', '1s', 'short']);
  // The first may have come before its first look.
  await eventually('one is told of', () => {
    sandbox.ok('start', 'short');
    return waiter.exitCode !== null;
  });
  t.equal(waiter.exitCode, 0);
  sandbox.ok('rm', '-f', 'short');
});

t.test('conditions of wait', async (t) => {
  sandbox.ok('create', '--name', 'c', 'hello', 'sleep', '100');
  t.equal(sandbox.ok('wait', 'c'), '0\n', 'one that never ran has no failure');
  t.equal(sandbox.ok('wait', '--condition', 'created', 'c'), '-1\n');
  const waiter = sandbox.start(['wait', '--condition=running', '--interval', '20ms', 'c']);
  let printed = '';
  waiter.stdout?.on('data', (data) => {
    printed += data;
  });
  sandbox.ok('start', 'c');
  await new Promise((resolve) => waiter.on('close', resolve));
  t.equal(printed, '-1\n');
  t.equal(sandbox.ok('wait', '--ignore', 'nobody'), '-1\n');
  t.equal(sandbox.run(['wait', 'nobody']).code, 125);
  sandbox.ok('rm', '-f', 'c');
});

t.test('start --attach, also to what runs', async (t) => {
  const script = 'echo out; read line; echo got $line; exit 5';
  sandbox.ok('create', '-i', '--name', 'a', '--network=none', 'hello', 'sh', '-c', script);
  const first = sandbox.run(['start', '-ai', 'a'], { input: 'one\n' });
  t.same([first.code, first.stdout], [5, 'out\ngot one\n']);
  sandbox.ok('start', 'a');
  const second = sandbox.run(['start', '-ai', 'a'], { input: 'two\n' });
  t.same([second.code, second.stdout.includes('got two\n')], [5, true]);
  sandbox.ok('rm', 'a');
});

t.test('what needs another one', async (t) => {
  sandbox.ok('create', '--name', 'base', 'hello', 'true');
  const guest = sandbox.ok('create', '--network', 'container:base', 'hello', 'true');
  t.equal(sandbox.run(['rm', '-f', 'base']).code, 125);
  t.equal(sandbox.ok('rm', '-f', '--depend', 'base'), `${guest}base\n`);
  t.same(names(), []);
});

t.test('restart keeps a container of --rm', async (t) => {
  sandbox.ok(...detached, '--rm', '--init', '--name', 'r', 'hello', 'sleep', '100');
  const pid = inspect('r', '.State.Pid');
  t.equal(sandbox.ok('restart', 'r'), 'r\n');
  t.not(inspect('r', '.State.Pid'), pid);
  sandbox.ok('stop', '-t', '0', 'r');
  t.same(names(), []);
});

t.test('clone', async (t) => {
  sandbox.ok(...detached, '-e', 'A=1', '--name', 'o', 'hello', 'sh', '-c', 'echo $A; sleep 100');
  const id = sandbox.ok('container', 'clone', '--run', 'o').trim();
  t.equal(inspect('o-clone', '.Id'), id);
  await eventually('it runs as the original does', () => sandbox.ok('logs', id) === '1\n');
  sandbox.ok('container', 'clone', 'o');
  t.equal(sandbox.run(['container', 'clone', '--force', 'o']).code, 125);
  const refused = sandbox.run(['container', 'clone', '--destroy', 'o', 'p']);
  t.equal(refused.code, 125);
  t.match(refused.stderr, /cannot destroy container o: it is running/);
  sandbox.ok('container', 'clone', '--destroy', '--force', 'o', 'p');
  t.same(names(), ['o-clone', 'o-clone1', 'p']);
  sandbox.ok('rm', '-fa');
});

t.test('cleanup', async (t) => {
  sandbox.ok(...detached, '--name', 'k', 'hello', 'sleep', '100');
  const refused = sandbox.run(['container', 'cleanup', 'k']);
  t.equal(refused.code, 125);
  t.match(refused.stderr, /cannot clean up container k: it is running/);
  process.kill(Number(inspect('k', '.State.ConmonPid')), 'SIGKILL');
  await eventually('its monitor is gone', () => inspect('k', '.State.Status') === 'exited');
  const id = inspect('k', '.Id');
  t.equal(sandbox.ok('container', 'cleanup', '--all'), `${id}\n`);
  t.notOk(existsSync(join(sandbox.runroot, 'containers', id)));
  t.equal(sandbox.ok('container', 'cleanup', '--rm', 'k'), 'k\n');
  t.same(names(), []);
});

t.test('cleanup of an exec session', async (t) => {
  sandbox.ok(...detached, '--name', 'k', 'hello', 'sleep', '100');
  const session = sandbox.ok('exec', '-d', 'k', 'sleep', '100').trim();
  const cleanup = (...args: string[]) => sandbox.run(['container', 'cleanup', ...args]);
  t.match(cleanup('--exec', session, 'k'), { code: 125, stderr: /it is running/ });
  t.match(cleanup('--exec', '../..', 'k'), { code: 125, stderr: /no exec session with ID/ });
  t.match(cleanup('--exec', session, '--all'), {
    code: 125,
    stderr: /--all and --exec cannot be set together/,
  });
  const lock = join(sandbox.runroot, 'containers', inspect('k', '.Id'), 'exec', session, 'lock');
  const monitor = lockOwner(lock);
  if (monitor === null) throw new Error('nobody watches the session');
  process.kill(monitor, 'SIGKILL');
  await eventually('its monitor is gone', () => lockOwner(lock) === null);
  t.match(cleanup('--exec', session, 'k'), { code: 0, stdout: '', stderr: '' });
  t.notOk(existsSync(dirname(lock)));
  sandbox.ok('rm', '-f', 'k');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
