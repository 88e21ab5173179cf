// A3: who joins a container's namespaces, or holds those of a pod, must not be a way to the host.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

/** Looks for a file of the host through every process that it sees, for ever. */
const search = (canary: string): string =>
  `while :; do for p in /proc/[0-9]*/root; do [ -e $p${canary} ] && echo $p >> /found; done; done`;

t.test(
  'a container with all rights sees nothing of the host through those who join it',
  async (t) => {
    const canary = join(sandbox.directory, 'host-canary');
    writeFileSync(canary, 'x');
    const flags = ['-d', '--privileged', '--network', 'none', '--name', 'x'];
    sandbox.ok('run', ...flags, 'hello', 'sh', '-c', search(canary));
    const joins = ['pid', 'ipc', 'uts'].flatMap((kind) => [`--${kind}`, 'container:x']);
    for (let round = 0; round < 4; round += 1) {
      sandbox.ok('run', '--rm', '--network', 'none', ...joins, 'hello', 'true');
      sandbox.ok('run', '--rm', '--network', 'slirp4netns', ...joins, 'hello', 'true');
    }
    t.equal(sandbox.ok('exec', 'x', 'sh', '-c', 'cat /found 2>/dev/null; true'), '');
    sandbox.ok('rm', '-f', '-t', '0', 'x');
  },
);

t.test('nor through what holds a pod', async (t) => {
  const canary = join(sandbox.directory, 'host-canary');
  sandbox.ok('pod', 'create', '--name', 'p', '--network', 'none', '--share', '+pid');
  const look = `ls /proc/1/root; cat /proc/1/comm; [ -e /proc/1/root${canary} ] && echo escaped; echo x > /proc/1/exe`;
  const { stdout, stderr } = sandbox.run([
    ...['run', '--rm', '--privileged', '--pod', 'p', 'hello', 'sh', '-c', look],
  ]);
  t.equal(stdout, 'dev\nbryo-pause\n');
  t.match(stderr, /\/proc\/1\/exe: /, 'the program cannot be written');
  sandbox.ok('pod', 'rm', '-f', 'p');
});

t.test('a /dev/shm that is a link stays inside', async (t) => {
  const swap = `umount /dev/shm && rmdir /dev/shm && ln -s ${sandbox.directory} /dev/shm; sleep 100`;
  const flags = ['-d', '--privileged', '--network', 'none', '--name', 'y'];
  sandbox.ok('run', ...flags, 'hello', 'sh', '-c', swap);
  await eventually('the link is there', () => {
    return sandbox.run(['exec', 'y', 'test', '-L', '/dev/shm']).code === 0;
  });
  const join = ['run', '--rm', '--network', 'none', '--ipc', 'container:y', 'hello'];
  const { stdout } = sandbox.run([...join, 'cat', '/dev/shm/host-canary']);
  t.equal(stdout, '');
  sandbox.ok('rm', '-f', '-t', '0', 'y');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
