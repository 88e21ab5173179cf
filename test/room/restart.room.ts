import { existsSync, rmSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { GroupSandbox, identity, isGone, read } from './support.ts';

const sandbox = new GroupSandbox();
const detached = ['run', '-d', '--network', 'none', '--name'];
const lasting = ['hello', 'sleep', '1000'];
/** A limit that needs no controller. */
const limit = {
  flags: ['--cgroup-conf', 'cgroup.max.descendants=7'],
  file: 'cgroup.max.descendants',
};

t.test('on failure, so many times, and the last exit code is kept', async (t) => {
  const fails = ['hello', 'sh', '-c', 'echo run; exit 3'];
  sandbox.ok(...detached, 'f', '--restart', 'on-failure:2', ...fails);
  await sandbox.becomes('f', 'exited 3 2');
  // A journal, where there is one, takes its time.
  await eventually('all is told', () => sandbox.ok('logs', 'f').length >= 12);
  t.equal(sandbox.ok('logs', 'f'), 'run\nrun\nrun\n');
  t.equal(sandbox.ok('wait', 'f'), '3\n');
  t.match(sandbox.ok('ps', '-a'), /Exited \(3\)/);
  t.equal(sandbox.inspect('f', '.State.Error'), '');
  sandbox.ok('start', 'f');
  await sandbox.becomes('f', 'exited 3 2');
  sandbox.ok('rm', 'f');
});

t.test('wait hears of the last end', async (t) => {
  const script = 'sleep 1; exit 4';
  sandbox.ok(...detached, 'w', '--restart', 'on-failure:1', 'hello', 'sh', '-c', script);
  t.equal(sandbox.ok('wait', 'w'), '4\n');
  await sandbox.becomes('w', 'exited 4 1');
  sandbox.ok('rm', 'w');
});

t.test('always: again and again, in a new group with the old limits', async (t) => {
  sandbox.ok(...detached, 'a', '--restart', 'always', ...limit.flags, ...lasting);
  const group = sandbox.group('a');
  const before = identity(group);
  for (let count = 1; count <= 3; ++count) {
    sandbox.crash('a');
    await sandbox.runsAgain('a', count);
    t.equal(sandbox.group('a'), group);
    t.not(identity(group), before, 'it is another one');
    t.equal(read(group, limit.file), '7');
    t.equal(read(group, 'cgroup.procs'), sandbox.inspect('a', '.State.Pid'));
  }
  t.match(sandbox.ok('exec', 'a', 'cat', '/proc/self/cgroup'), /^0::\/$/m);
  sandbox.ok('pause', 'a');
  t.equal(sandbox.inspect('a', '.State.Status'), 'paused');
  sandbox.ok('unpause', 'a');
  sandbox.run(['stop', '-t', '0', 'a']);
  t.equal(sandbox.inspect('a', '.State.Status'), 'exited');
  await isGone(group);
  sandbox.ok('start', 'a');
  t.equal(read(sandbox.group('a'), limit.file), '7');
  sandbox.ok('rm', '-f', '-t', '0', 'a');
  await isGone(group);
});

t.test('a group that somebody else has killed', async (t) => {
  sandbox.ok(...detached, 'k', '--restart', 'unless-stopped', ...lasting);
  const group = sandbox.group('k');
  for (let count = 1; count <= 2; ++count) {
    sandbox.ok('exec', '-d', 'k', 'sleep', '1000');
    sandbox.killGroup(group);
    await sandbox.runsAgain('k', count);
  }
  sandbox.ok('kill', 'k');
  await eventually('it has ended', () => sandbox.inspect('k', '.State.Status') === 'exited');
  t.equal(sandbox.inspect('k', '.State.ExitCode'), '137');
  await isGone(group);
  sandbox.ok('start', 'k');
  t.equal(sandbox.inspect('k', '.State.Status'), 'running');
  sandbox.killGroup(group);
  await sandbox.runsAgain('k', 1);
  sandbox.ok('rm', '-f', '-t', '0', 'k');
});

t.test('the verb restart, after kill and while it runs', async (t) => {
  sandbox.ok(...detached, 'v', '--restart', 'always', '--init', ...lasting);
  const group = sandbox.group('v');
  sandbox.ok('kill', 'v');
  await eventually('it has ended', () => sandbox.inspect('v', '.State.Status') === 'exited');
  for (let round = 0; round < 3; ++round) {
    sandbox.ok('restart', '-t', '0', 'v');
    t.equal(sandbox.inspect('v', '.State.Status'), 'running');
    t.equal(sandbox.restarts('v'), 0);
    sandbox.ok('exec', 'v', 'true');
  }
  sandbox.ok('rm', '-f', '-t', '0', 'v');
  await isGone(group);
});

t.test('a container that is not well', async () => {
  const check = ['--health-cmd', 'test ! -e /ill', '--health-interval', '100ms'];
  const action = ['--health-retries', '1', '--health-on-failure', 'restart', '--init'];
  const script = 'rm -f /ill; exec sleep 1000';
  sandbox.ok(...detached, 'h', ...check, ...action, 'hello', 'sh', '-c', script);
  for (let count = 1; count <= 2; ++count) {
    sandbox.ok('exec', 'h', 'touch', '/ill');
    await sandbox.runsAgain('h', count);
    await eventually(
      'it is well',
      () => sandbox.inspect('h', '.State.Health.Status') === 'healthy',
    );
  }
  sandbox.ok('rm', '-f', '-t', '0', 'h');
});

t.test('members of a pod', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'p', '--network', 'none');
  sandbox.ok('run', '-d', '--pod', 'p', '--name', 'm', '--init', '--restart', 'always', ...lasting);
  const fails = ['hello', 'sh', '-c', 'exit 6'];
  sandbox.ok('run', '-d', '--pod', 'p', '--name', 'n', '--restart', 'on-failure:1', ...fails);
  const group = sandbox.group('m');
  sandbox.crash('m');
  await sandbox.runsAgain('m', 1);
  await sandbox.becomes('n', 'exited 6 1');
  sandbox.ok('pod', 'restart', 'p');
  t.equal(sandbox.inspect('m', '.State.Status'), 'running');
  sandbox.ok('pod', 'kill', 'p');
  await eventually('it has ended', () => sandbox.inspect('m', '.State.Status') === 'exited');
  sandbox.ok('pod', 'start', 'p');
  t.equal(sandbox.inspect('m', '.State.Status'), 'running');
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p');
  await isGone(group);
});

t.test('a restart that fails leaves the truth', async (t) => {
  const source = sandbox.makeDirectory('source');
  const start = [...detached, 'x', '--restart', 'always', '-v', `${source}:/source`];
  sandbox.ok(...start, 'hello', 'sh', '-c', 'while test -e /source; do sleep 0.05; done; exit 5');
  const group = sandbox.group('x');
  rmSync(source, { recursive: true });
  sandbox.crash('x');
  await sandbox.becomes('x', 'exited 137 0');
  await eventually('the monitor is gone', () => sandbox.inspect('x', '.State.Error') !== '');
  t.match(sandbox.inspect('x', '.State.Error'), /^cannot restart: .*source: No such file/);
  t.equal(sandbox.ok('wait', 'x'), '137\n');
  t.notOk(existsSync(group));
  t.equal(sandbox.run(['start', 'x']).code, 125);
  t.equal(sandbox.ending('x'), 'exited 137 0', 'nor does a start that fails forget it');
  sandbox.makeDirectory('source');
  sandbox.ok('start', 'x');
  t.equal(sandbox.ending('x'), 'running 0 0');
  sandbox.ok('rm', '-f', '-t', '0', 'x');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
