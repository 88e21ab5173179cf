import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { managerSocket } from '../../src/systemd/manager.ts';
import { type Config, Runtime } from '../oci/bundle.ts';
import { eventually } from '../support/bryo.ts';
import { isGone, read } from './support.ts';

const runtime = new Runtime();
/** In a room of root's there is no service manager that knows the group. */
const hasManager = process.getuid?.() !== 0 && managerSocket() !== null;
const manager = hasManager ? ['--systemd-cgroup'] : [];

function stateOf(id: string): { status: string; pid: number } {
  return JSON.parse(runtime.ok('state', id));
}

function groupOf(pid: number): string {
  const [, path] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
  return `/sys/fs/cgroup${path}`;
}

t.test('one bundle again and again, however it has ended', async (t) => {
  const bundle = runtime.bundle('again', (config: Config) => {
    config.process.args = ['sleep', '1000'];
  });
  for (const ending of ['kill', 'kill --all', 'delete --force']) {
    runtime.leave(...manager, 'create', '--bundle', bundle, 'again');
    runtime.ok('start', 'again');
    runtime.leave('exec', '--detach', 'again', 'sleep', '1000');
    const group = groupOf(stateOf('again').pid);
    t.equal(read(group, 'cgroup.procs').split('\n').length, 2, ending);
    const [verb = '', ...flags] = ending.split(' ');
    if (verb === 'kill') {
      runtime.ok('kill', ...flags, 'again', 'KILL');
      await eventually('it has ended', () => stateOf('again').status === 'stopped');
    }
    runtime.ok('delete', ...(verb === 'kill' ? [] : flags), 'again');
    await isGone(group);
  }
});

t.test('pause and resume', async (t) => {
  const bundle = runtime.bundle('stands', (config: Config) => {
    config.process.args = ['sleep', '1000'];
  });
  runtime.leave(...manager, 'create', '--bundle', bundle, 'stands');
  runtime.ok('start', 'stands');
  const group = groupOf(stateOf('stands').pid);
  for (let round = 0; round < 2; ++round) {
    runtime.ok('pause', 'stands');
    t.equal(stateOf('stands').status, 'paused');
    t.match(read(group, 'cgroup.events'), /^frozen 1$/m);
    runtime.ok('resume', 'stands');
    t.equal(stateOf('stands').status, 'running');
    t.equal(runtime.ok('exec', 'stands', 'echo', 'on'), 'on\n');
  }
  runtime.ok('pause', 'stands');
  runtime.ok('delete', '--force', 'stands');
  await isGone(group);
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
  t.notOk(existsSync(runtime.sandbox.directory));
});
