// A15: runc 2022-29162; crun 2022-27650; podman 2022-27649 and others. Too many capabilities.
import t from 'tap';
import { Attack } from './support.ts';

const standard = '00000000800405fb';
const zero = '0000000000000000';

t.test('capability sets are exact', async (t) => {
  const attack = new Attack();
  const image = attack.image('caps', []);
  attack.sandbox.ok('run', '-d', '--name', 'a', '--network', 'none', image, 'sleep', '1000');
  const sets = (text: string) => [...text.matchAll(/^Cap\w+:\t(\w+)$/gm)].map(([, set]) => set);
  const show = ['grep', 'Cap', '/proc/self/status'];
  t.same(sets(attack.run(image, ...show).stdout), [zero, standard, standard, standard, zero]);
  t.same(sets(attack.run('-u', '5', image, ...show).stdout), [zero, zero, zero, standard, zero]);
  t.same(sets(attack.sandbox.ok('exec', 'a', ...show)), [zero, standard, standard, standard, zero]);
  t.same(sets(attack.sandbox.ok('exec', '-u', '5', 'a', ...show)), [
    zero,
    zero,
    zero,
    standard,
    zero,
  ]);
  t.same(sets(attack.run('--cap-drop', 'all', image, ...show).stdout), [
    zero,
    zero,
    zero,
    zero,
    zero,
  ]);
  const added = attack.run('--cap-drop', 'all', '--cap-add', 'net_admin', image, ...show);
  t.same(sets(added.stdout), [
    zero,
    '0000000000001000',
    '0000000000001000',
    '0000000000001000',
    zero,
  ]);
  t.same(attack.close(), []);
});
