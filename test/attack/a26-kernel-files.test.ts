// A26, A27, A28: kernel files that tell too much, devices, id maps.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { maskedPaths, readonlyPaths } from '../../src/container/spec/paths.ts';
import { testUser } from '../support/user.ts';
import { Attack } from './support.ts';

t.test('masked and read-only paths', async (t) => {
  const attack = new Attack();
  const image = attack.image('kernel', []);
  const script = maskedPaths
    .map(
      (path) => `cat ${path}/* ${path} 2>/dev/null; ls ${path} 2>/dev/null | grep -v '^${path}$'`,
    )
    .join('; ');
  t.equal(attack.run(image, 'sh', '-c', script).stdout, '', 'nothing is read');
  for (const path of readonlyPaths) {
    const { stdout } = attack.run(
      image,
      'sh',
      '-c',
      `test -e ${path} || exit 0; f=$(test -d ${path} && echo ${path}/x || echo ${path}); { echo h > $f; } 2>/dev/null && echo written`,
    );
    t.equal(stdout, '', path);
  }
  t.same(attack.close(), []);
});

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

t.test('the id map is what was granted, byte for byte', async (t) => {
  const attack = new Attack();
  const image = attack.image('ids', []);
  const user = testUser();
  const [, start = '', count = ''] =
    readFileSync('/etc/subuid', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${user.name}:`))
      ?.split(':') ?? [];
  const { stdout } = attack.run(image, 'cat', '/proc/self/uid_map');
  t.same(stdout.trim().split(/\s+/), ['0', String(user.uid), '1', '1', start, count]);
  t.not(attack.run('--uidmap', '0:0:10', '--uidmap', '5:20:10', image, 'true').code, 0, 'overlap');
  t.same(attack.close(), []);
});
