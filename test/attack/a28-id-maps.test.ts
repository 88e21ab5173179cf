// A28: moby 2021-21284. Mistakes in the map of ids.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { testUser } from '../support/user.ts';
import { Attack } from './support.ts';

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
