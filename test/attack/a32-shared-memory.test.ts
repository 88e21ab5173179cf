// A32: podman 2024-3056. Shared memory that outlives its container.
import t from 'tap';
import { Attack } from './support.ts';

t.test('/dev/shm is capped and goes with the container', async (t) => {
  const attack = new Attack();
  const image = attack.image('shm', []);
  const { stdout } = attack.run(
    image,
    'sh',
    '-c',
    'dd if=/dev/zero of=/dev/shm/f bs=1M count=80 2>/dev/null; stat -c %s /dev/shm/f',
  );
  t.equal(stdout, `${64 * 1024 * 1024}\n`);
  t.same(attack.close(), []);
});

t.test('shared memory of two containers has the same cap and goes with the last', async (t) => {
  const attack = new Attack();
  const image = attack.image('shm', []);
  const detached = ['run', '-d', '--network', 'none', '--name'];
  attack.sandbox.ok(...detached, 'first', '--ipc', 'shareable', image, 'sleep', '1000');
  const second = ['run', '--rm', '--network', 'none', '--ipc', 'container:first', image];
  const fill = 'dd if=/dev/zero of=/dev/shm/f bs=1M count=80 2>/dev/null; stat -c %s /dev/shm/f';
  t.equal(attack.sandbox.ok(...second, 'sh', '-c', fill), `${64 * 1024 * 1024}\n`);
  const size = ['stat', '-c', '%s', '/dev/shm/f'];
  t.equal(attack.sandbox.ok('exec', 'first', ...size), `${64 * 1024 * 1024}\n`, 'it is shared');
  attack.sandbox.ok('rm', '-f', '-t', '0', 'first');
  attack.sandbox.ok(...detached, 'next', '--ipc', 'shareable', image, 'sleep', '1000');
  t.equal(attack.sandbox.run(['exec', 'next', ...size]).code, 1, 'nothing is left of it');
  attack.sandbox.ok('rm', '-f', '-t', '0', 'next');
  t.same(attack.close(), []);
});
