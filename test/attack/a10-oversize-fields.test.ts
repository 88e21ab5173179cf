// A10: runc 2021-43784. An oversize field overflows the message to the launcher.
import t from 'tap';
import { Attack } from './support.ts';

t.test('long and many fields give a clear error', async (t) => {
  const attack = new Attack();
  const image = attack.image('oversize', []);
  const long = `/${'x'.repeat(70_000)}`;
  for (const flags of [
    ['-v', `${long}:/x`],
    ['-v', `/tmp:${long}`],
    ['-w', long],
    ['--tmpfs', long],
  ]) {
    const { code, stderr } = attack.run(...flags, image, 'true');
    t.ok(code === 125 || code === 126 || code === 127, `${flags[0]}: ${code}`);
    t.match(stderr, /^Error: [^\n]+\n$/);
  }
  const maps = Array.from({ length: 400 }, (_, index) => [
    '--uidmap',
    `${index}:${index * 2}:1`,
  ]).flat();
  const mapped = attack.run(...maps, image, 'true');
  t.not(mapped.code, 0);
  t.match(mapped.stderr, /^Error: [^\n]+\n$/);
  const env = Array.from({ length: 1000 }, (_, index) => [
    '-e',
    `V${index}=${'y'.repeat(100)}`,
  ]).flat();
  t.equal(
    attack.run(...env, image, 'sh', '-c', 'env | grep -c ^V').stdout,
    '1000\n',
    'many are fine',
  );
  t.same(attack.close(), []);
});
