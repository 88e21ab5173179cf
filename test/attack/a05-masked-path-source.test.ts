// A5: runc 2025-31133. What masks paths is a device that the container has swapped.
import t from 'tap';
import { Attack } from './support.ts';

t.test('masked files are the host null device, whatever /dev holds', async (t) => {
  const attack = new Attack();
  const image = attack.image('mask', [
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'link', path: 'dev/null', target: '/etc/passwd' },
  ]);
  const script =
    'for f in /proc/kcore /proc/keys /proc/timer_list; do test -e $f && stat -c "%F %t:%T" $f; done';
  const { stdout } = attack.run(image, 'sh', '-c', script);
  t.ok(stdout.includes('character special file 1:3'), stdout);
  t.notMatch(stdout, /regular/);
  const volume = attack.run(
    '-v',
    'devices:/dev',
    image,
    'sh',
    '-c',
    `rm -f /dev/null; ln -s ${attack.victim}/canary /dev/null`,
  );
  t.comment(volume.stderr);
  const again = attack.run('-v', 'devices:/dev', image, 'sh', '-c', script);
  t.notMatch(again.stdout, /regular/);
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
