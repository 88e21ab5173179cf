// A4: runc 2021-30465, 2019-19921; crun 2019-18837. A mount target is swapped for a link meanwhile.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Attack } from './support.ts';

t.test('a target that flips between directory and link stays inside', async (t) => {
  const attack = new Attack();
  const image = attack.image('race', []);
  const flip = `mkdir -p /v/real; cd /v; while :; do
    ln -s ../../../../../../../..${attack.victim} next; mv -T next target 2>/dev/null || rm -rf target
    rm -f target next; mkdir target 2>/dev/null; rm -rf target; done`;
  attack.sandbox.ok(
    'run',
    '-d',
    '--name',
    'flip',
    '--network',
    'none',
    '-v',
    'shared:/v',
    image,
    'sh',
    '-c',
    flip,
  );
  const data = attack.sandbox.makeDirectory('data');
  let started = 0;
  for (let round = 0; round < 80; round += 1) {
    const { code } = attack.run(
      '-v',
      'shared:/v',
      '-v',
      `${data}:/v/target`,
      image,
      'touch',
      `/v/target/f${round}`,
    );
    if (code === 0) started += 1;
  }
  t.comment(`${started} of 80 starts succeeded`);
  t.equal(attack.damage(), '');
  t.notMatch(readFileSync('/proc/self/mountinfo', 'utf8'), attack.victim);
  const still = attack.run('-v', `${data}:/some/new/place`, image, 'test', '-d', '/some/new/place');
  t.equal(still.code, 0, 'an honest mount works');
  t.same(attack.close(), []);
});
