import t, { type Test } from 'tap';
import { GroupSandbox, isGone, read } from './support.ts';

/** Whether the caller has an id in the container decides on who can put a process into the container's group. */
const sandbox = new GroupSandbox();
const lasting = ['hello', 'sleep', '1000'];
const check = ['--health-cmd', 'true', '--health-interval', 'disable'];
const kinds = [
  ['--userns', 'host'],
  ['--userns', 'keep-id'],
  ['--userns', 'keep-id:uid=5,gid=6'],
  ['--userns', 'nomap'],
  ['--userns', 'auto'],
  ['--uidmap', '0:1:1000'],
  ['--uidmap', '0:0:1000', '--gidmap', '0:1:1000'],
  ['--uidmap', '0:1:1000', '--gidmap', '0:0:1000'],
];

/** How many processes are in a running container's group. */
function inGroup(name: string): number {
  return read(sandbox.group(name), 'cgroup.procs').split('\n').length;
}

function probe(t: Test, name: string): void {
  sandbox.ok('healthcheck', 'run', name);
  t.equal(sandbox.inspect(name, '.State.Health.Status'), 'healthy');
}

for (const kind of kinds) {
  t.test(`sessions with ${kind.join(' ')}`, async (t) => {
    sandbox.ok('run', '-d', '--network', 'none', ...kind, '--name', 'c', ...check, ...lasting);
    const group = sandbox.group('c');
    t.equal(inGroup('c'), 1);
    t.equal(sandbox.ok('exec', 'c', 'echo', 'inside'), 'inside\n');
    t.equal(sandbox.run(['exec', 'c', 'sh', '-c', 'exit 7']).code, 7);
    sandbox.ok('exec', '-d', 'c', 'sleep', '1000');
    t.equal(inGroup('c'), 2, 'a session is in the group of its container');
    t.equal(sandbox.run(['exec', 'c', '/nowhere']).code, 127);
    t.equal(inGroup('c'), 2, 'of one that fails nothing stays there');
    probe(t, 'c');
    sandbox.ok('rm', '-f', '-t', '0', 'c');
    await isGone(group);
  });
}

for (const kind of ['nomap', 'auto']) {
  t.test(`containers beside one with --userns ${kind}`, async (t) => {
    sandbox.ok('run', '-d', '--network', 'none', '--userns', kind, '--name', 'c', ...lasting);
    for (const shared of ['network', 'pid', 'ipc', 'cgroupns', 'userns']) {
      const network = shared === 'network' ? [] : ['--network', 'none'];
      const join = [...network, `--${shared}`, 'container:c'];
      sandbox.ok('run', '-d', ...join, '--name', 'j', ...lasting);
      t.equal(inGroup('j'), 1, `--${shared}: in a group of its own`);
      t.equal(sandbox.ok('exec', 'j', 'echo', 'inside'), 'inside\n');
      sandbox.ok('rm', '-f', '-t', '0', 'j');
    }
    sandbox.ok('rm', '-f', '-t', '0', 'c');
  });

  t.test(`members of a pod with --userns ${kind}`, async (t) => {
    sandbox.ok('pod', 'create', '--name', 'p', '--network', 'none', '--userns', kind);
    sandbox.ok('run', '-d', '--pod', 'p', '--name', 'm', ...check, ...lasting);
    sandbox.ok('exec', '-d', 'm', 'sleep', '1000');
    t.equal(inGroup('m'), 2);
    probe(t, 'm');
    sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p');
  });
}

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
