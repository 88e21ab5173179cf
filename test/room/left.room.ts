import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { GroupSandbox, isGone, read } from './support.ts';

const sandbox = new GroupSandbox();
const detached = ['run', '-d', '--network', 'none', '--name'];

/** A monitor that can clean nothing up. */
async function killMonitor(name: string): Promise<void> {
  const path = join(sandbox.inspect(name, '.StaticDir'), 'state.json');
  const { monitorPid } = JSON.parse(readFileSync(path, 'utf8'));
  process.kill(monitorPid, 'SIGKILL');
  await eventually('its container is known to have ended', () => {
    return sandbox.inspect(name, '.State.Status') === 'exited';
  });
}

/** Processes that say this, by their whole command lines. */
function saying(word: string): number {
  return inProcesses((process) => (process.words().includes(word) ? 'one' : null)).length;
}

t.test('a start that fails leaves no group', async (t) => {
  sandbox.ok(...detached, 'c', 'hello', 'sleep', '1000');
  const group = sandbox.group('c');
  sandbox.ok('rm', '-f', '-t', '0', 'c');
  await isGone(group);
  t.equal(sandbox.run([...detached, 'c', 'hello', '/nowhere']).code, 127);
  const id = sandbox.inspect('c', '.Id');
  await isGone(group.replaceAll(/[0-9a-f]{64}/g, id));
  sandbox.ok('rm', 'c');
});

t.test(
  'what a killed monitor leaves goes with the next start, or with the container',
  async (t) => {
    for (const verb of ['start', 'rm']) {
      const stray = `31${process.pid}`;
      const script = `setsid sleep ${stray} & exec sleep 1000`;
      sandbox.ok(...detached, 'k', '--pid', 'host', 'hello', 'sh', '-c', script);
      await eventually('the stray is there', () => saying(stray) > 0);
      const group = sandbox.group('k');
      await killMonitor('k');
      t.equal(saying(stray), 1, 'nobody has ended it');
      sandbox.ok(verb, 'k');
      if (verb === 'start') t.equal(read(group, 'cgroup.procs').split('\n').length, 2);
      sandbox.ok('rm', '-f', '-t', '0', '--ignore', 'k');
      await isGone(group);
      await eventually('the stray is gone', () => saying(stray) === 0);
    }
  },
);

t.test('a monitor that is killed while it waits to start its container again', async (t) => {
  const script = 'test -e /once && exec sleep 1000; touch /once; exit 9';
  const policy = ['--restart', 'always'];
  sandbox.ok(...detached, 'g', ...policy, 'hello', 'sh', '-c', 'exit 9');
  await eventually('it waits', () => sandbox.inspect('g', '.State.Status') === 'restarting');
  await eventually('it waits for longer', () => sandbox.restarts('g') >= 3);
  await killMonitor('g');
  t.match(sandbox.inspect('g', '.State.ExitCode'), /^(9|137)$/);
  sandbox.ok('rm', 'g');
  sandbox.ok(...detached, 's', ...policy, 'hello', 'sh', '-c', script);
  await sandbox.runsAgain('s', 1);
  sandbox.crash('s');
  await killMonitor('s');
  sandbox.ok('start', 's');
  t.equal(sandbox.ending('s'), 'running 0 0');
  sandbox.ok('rm', '-f', '-t', '0', 's');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
