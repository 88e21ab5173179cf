import { chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { managerSocket } from '../../src/systemd/manager.ts';
import { type Config, Runtime } from '../oci/bundle.ts';
import { eventually } from '../support/bryo.ts';
import { testUser } from '../support/user.ts';
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

t.test('a group that is in use, or stands still, is for no other container', async (t) => {
  if (hasManager) return;
  const bundle = runtime.bundle('first', (config: Config) => {
    config.process.args = ['sleep', '1000'];
  });
  runtime.leave('create', '--bundle', bundle, 'first');
  const group = groupOf(stateOf('first').pid);
  const second = runtime.bundle('second', (config: Config) => {
    config.process.args = ['true'];
    config.linux.cgroupsPath = group.slice('/sys/fs/cgroup'.length);
  });
  const run = () => runtime.run('run', '--bundle', second, 'second');
  t.match(run(), { code: 1, stderr: /container's cgroup is not empty: 1 process/ });
  t.equal(stateOf('first').status, 'created', 'the first is still there');
  runtime.ok('delete', '--force', 'first');
  await isGone(group);
  mkdirSync(group);
  const { uid, gid } = testUser();
  chownSync(group, uid, gid);
  writeFileSync(`${group}/cgroup.freeze`, '1');
  t.match(run(), { code: 1, stderr: /container's cgroup unexpectedly frozen/ });
  rmdirSync(group);
});

t.test(
  'SIGKILL ends all of a container that shares its process ids, also without the first',
  async (t) => {
    const bundle = runtime.bundle('shares', (config: Config) => {
      config.process.args = ['sleep', '1000'];
      const { linux, mounts } = config;
      linux.namespaces = linux.namespaces.filter(({ type }: Config) => type !== 'pid');
      const proc = mounts.find(({ destination }: Config) => destination === '/proc');
      Object.assign(proc, { type: 'none', source: '/proc', options: ['rbind'] });
      linux.maskedPaths = [];
      linux.readonlyPaths = [];
    });
    for (const first of ['lives', 'has gone']) {
      runtime.leave(...manager, 'run', '--detach', '--bundle', bundle, 'shares');
      runtime.leave('exec', '--detach', 'shares', 'sleep', '1000');
      const { pid } = stateOf('shares');
      const group = groupOf(pid);
      // systemd takes a scope away with its last process.
      const count = () => {
        try {
          return read(group, 'cgroup.procs').split('\n').filter(Boolean).length;
        } catch {
          return 0;
        }
      };
      t.equal(count(), 2, first);
      if (first === 'has gone') {
        process.kill(pid, 'SIGKILL');
        await eventually('the first has gone', () => count() === 1);
      }
      runtime.ok('kill', 'shares', 'KILL');
      await eventually('nobody is left', () => count() === 0);
      runtime.ok('delete', 'shares');
    }
  },
);

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
