// A19: CRI-O 2022-4318; incus 2026-23953. A newline forges lines in files the engine writes.
import t from 'tap';
import { Attack } from './support.ts';

t.test('newlines in names and homes', async (t) => {
  const attack = new Attack();
  const image = attack.image('lines', []);
  for (const flags of [
    ['--hostname', 'a\nb'],
    ['--add-host', 'a\n:1.2.3.4'],
    ['--add-host', 'a:1.2.3.4\n0.0.0.0 b'],
    ['--dns-search', 'a\nnameserver 6.6.6.6'],
    ['--name', 'a\nb'],
  ]) {
    const { code, stderr } = attack.run(...flags, image, 'true');
    t.equal(code, 125, flags.join(' '));
    t.match(stderr, /^Error: [^\n]+\n$/);
  }
  const home = attack.run(
    '-e',
    'HOME=/\nx::0:0',
    '--userns',
    'keep-id',
    image,
    'sh',
    '-c',
    'cat /etc/passwd 2>/dev/null | grep -c ^x:',
  );
  t.notMatch(home.stdout, /^[1-9]/, home.stderr);
  t.equal(
    attack.run('-u', '1234', image, 'sh', '-c', 'echo $HOME').stdout,
    '/\n',
    'an unknown user',
  );
  t.same(attack.close(), []);
});
