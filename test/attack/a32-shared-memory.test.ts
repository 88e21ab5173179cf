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
