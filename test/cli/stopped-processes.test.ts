// Processes that are stopped (SIGSTOP, a debugger): who waits for one says so, and does not do it for ever.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockHolders } from '../../src/native/lock-holders.ts';
import { storePaths } from '../../src/store/paths.ts';
import { eventually, type Result, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { asTestUser } from '../support/user.ts';
import { lives } from '../torture/processes.ts';

const sandbox = new Sandbox();
const store = { root: sandbox.root, runroot: sandbox.runroot, searchGroup: null };
sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');

function field(name: string, template: string): number {
  return Number(sandbox.ok('inspect', '--format', `{{${template}}}`, name));
}

/** Starts a container and stops its monitor; that one's pid. */
function runUnderStopped(name: string): number {
  sandbox.ok('run', '-d', '--name', name, '--network', 'none', 'hello', 'sleep', '1000');
  const monitor = field(name, '.State.ConmonPid');
  process.kill(monitor, 'SIGSTOP');
  return monitor;
}

/** Two lines: whom it waited for, and that it has given up. */
function tells(result: Result, pid: number, code = 125): boolean {
  const [first = '', second = '', ...rest] = result.stderr.trimEnd().split('\n');
  const named = new RegExp(`process ${pid} \\([^)]+\\)`);
  const warns = first.startsWith('Warning: waiting for ') && named.test(first);
  const ends = second.startsWith('Error: ') && named.test(second) && / is stopped/.test(second);
  return result.code === code && warns && ends && rest.length <= 1;
}

t.test('a monitor is stopped', async (t) => {
  const monitor = runUnderStopped('m');
  t.equal(sandbox.ok('ps', '--format', '{{.Names}}'), 'm\n');
  t.equal(sandbox.ok('exec', 'm', 'echo', 'inside'), 'inside\n');
  const waits = sandbox.runBeside(['wait', 'm']);
  const stopped = sandbox.run(['stop', '-t', '0', 'm']);
  t.ok(tells(stopped, monitor), stopped.stderr);
  const waited = await waits;
  t.ok(tells(waited, monitor), waited.stderr);
  process.kill(monitor, 'SIGCONT');
  t.equal(sandbox.ok('wait', 'm'), '137\n', 'nothing is lost when it goes on');
  sandbox.ok('rm', 'm');
});

t.test('rm -f gets through', async (t) => {
  const monitor = runUnderStopped('f');
  const payload = field('f', '.State.Pid');
  const removed = sandbox.run(['rm', '-f', '-t', '0', 'f']);
  t.equal(removed.code, 0);
  t.match(
    removed.stderr,
    new RegExp(`^Warning: waiting for process ${monitor} \\(.*, which is stopped`),
  );
  for (const pid of [monitor, payload]) await eventually('it is gone', () => !lives(pid));
  t.equal(sandbox.ok('ps', '-aq'), '');
});

/** A network helper that never gets ready: the launcher waits for it. */
const helpers = sandbox.makeDirectory('helpers');
writeFileSync(join(helpers, 'slirp4netns'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
const slow = { env: { PATH: `${helpers}:/usr/sbin:/usr/bin:/sbin:/bin` } };

function launcherOf(name: string): number {
  const lock = join(
    storePaths.container(store, sandbox.ok('inspect', '-f', '{{.Id}}', name).trim()),
    'lock',
  );
  return lockHolders(lock)[0] ?? 0;
}

t.test('a launcher is stopped', async (t) => {
  sandbox.ok('create', '--name', 'l', '--network', 'slirp4netns', 'hello', 'sleep', '1000');
  const start = sandbox.runBeside(['start', 'l'], slow);
  await eventually('there is a launcher', () => launcherOf('l') !== 0);
  const launcher = launcherOf('l');
  process.kill(launcher, 'SIGSTOP');
  const verbs = [
    ['stop', 'l'],
    ['kill', 'l'],
    ['wait', 'l'],
    ['rm', '-f', '-t', '0', 'l'],
  ];
  const results = await Promise.all(verbs.map((verb) => sandbox.runBeside(verb)));
  for (const [index, result] of results.entries()) {
    t.match(
      result.stderr,
      new RegExp(`process ${launcher} \\(bryo-launcher\\), which is stopped`),
      verbs[index]?.join(' ') ?? '',
    );
  }
  t.equal(results[3]?.code, 0, 'rm -f gets through');
  t.match(await start, { code: 125, stderr: /Error: / });
  t.notOk(lives(launcher));
  t.equal(sandbox.ok('ps', '-aq'), '');
});

for (const stop of [true, false]) {
  t.test(`a network helper ${stop ? 'is stopped' : 'hangs'}: rm -f ends it`, async (t) => {
    const run = sandbox.runBeside(
      ['run', '--name', 'h', '--network', 'slirp4netns', 'hello', 'true'],
      slow,
    );
    await eventually('there is a launcher', () => {
      return sandbox.run(['container', 'exists', 'h']).code === 0 && launcherOf('h') !== 0;
    });
    const launcher = launcherOf('h');
    const [helper = 0] = inProcesses((one) =>
      one.words().join(' ') === 'sleep 1000 ' && descends(one.pid, launcher) ? one.pid : null,
    );
    if (stop) process.kill(helper, 'SIGSTOP');
    const removed = await sandbox.runBeside(['rm', '-f', '-t', '0', 'h'], {
      progress: true,
    });
    t.equal(removed.code, 0, removed.stderr);
    const told = stop
      ? `process ${helper} \\(.*\\), which is stopped`
      : `process ${launcher} \\(bryo-launcher\\):`;
    t.match(removed.stderr, new RegExp(told));
    t.match(await run, { code: 125, stderr: /Error: / });
    t.equal(sandbox.ok('ps', '-aq'), '');
  });
}

/** Whether a process has been started by another, or by one that was. */
function descends(pid: number, from: number): boolean {
  const [parent = 0] = inProcesses((process) =>
    process.pid === pid ? Number(/^PPid:\t(\d+)$/m.exec(process.read('status'))?.[1]) : null,
  );
  return parent === from || (parent > 1 && descends(parent, from));
}

t.test('the holder of a lock is stopped', async (t) => {
  const lock = storePaths.indexLock(store);
  const [program = '', ...args] = asTestUser(['flock', lock, 'sleep', '1000']);
  const holder = spawn(program, args, { stdio: 'ignore' });
  const isHeld = (): boolean => spawnedHolds(holder.pid ?? 0);
  await eventually('the lock is held', isHeld);
  process.kill(holder.pid ?? 0, 'SIGSTOP');
  const tagged = sandbox.run(['tag', 'hello', 'other']);
  t.ok(tells(tagged, holder.pid ?? 0), tagged.stderr);
  const waiting = sandbox.runBeside(['tag', 'hello', 'other']);
  process.kill(holder.pid ?? 0, 'SIGCONT');
  for (const pid of inProcesses((p) => (descends(p.pid, holder.pid ?? 0) ? p.pid : null))) {
    process.kill(pid, 'SIGKILL');
  }
  t.match(await waiting, { code: 0 });
});

/** Whether flock(1) has started its program. */
function spawnedHolds(pid: number): boolean {
  return inProcesses((process) => (descends(process.pid, pid) ? true : null)).length > 0;
}

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
