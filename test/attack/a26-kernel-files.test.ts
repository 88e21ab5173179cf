// A26: moby 2018-10892, 2017-16539. Kernel files that tell too much.
import t from 'tap';
import { maskedPaths, readonlyPaths } from '../../src/container/spec/paths.ts';
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
