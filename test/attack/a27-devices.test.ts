// A27: runc GHSA-g54h-m393-cpwq. Devices that the container has by default, or makes.
import t from 'tap';
import { Attack } from './support.ts';

t.test('devices', async (t) => {
  const attack = new Attack();
  const image = attack.image('devices', []);
  const listing = attack.run(image, 'sh', '-c', 'ls /dev').stdout.trim().split('\n');
  t.same(listing, [
    'core',
    'fd',
    'full',
    'mqueue',
    'null',
    'ptmx',
    'pts',
    'random',
    'shm',
    'stderr',
    'stdin',
    'stdout',
    'tty',
    'urandom',
    'zero',
  ]);
  t.not(attack.run('--cap-add', 'MKNOD', image, 'mknod', '/sda', 'b', '8', '0').code, 0);
  t.equal(attack.run(image, 'sh', '-c', 'echo x > /dev/null && test -c /dev/urandom').code, 0);
  t.same(attack.close(), []);
});
