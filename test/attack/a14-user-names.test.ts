// A14: runc 2016-3697; containerd 2024-40635, 2026-46680; crun 2026-30892. A user becomes root.
import t from 'tap';
import { Attack } from './support.ts';

t.test('numbers are ids, overflows are errors', async (t) => {
  const attack = new Attack();
  const content = Buffer.from(
    'root:x:0:0::/:/bin/sh\n1000:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n',
  );
  const etc = [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'file', path: 'etc/passwd', mode: 0o644, content },
  ] as const;
  const image = attack.image('users', etc, { User: '1000' });
  t.equal(attack.run(image, 'id', '-u').stdout, '1000\n', 'USER 1000');
  t.equal(attack.run('-u', '1000', image, 'id', '-u').stdout, '1000\n');
  for (const user of [
    '4294967295',
    '4294967296',
    '18446744073709551616',
    '-1',
    '0x0',
    '1e3',
    ' 0',
    '+0',
    '999999999',
  ]) {
    const { code, stdout } = attack.run(`--user=${user}`, image, 'id', '-u');
    t.not(code, 0, user);
    t.notMatch(stdout, /^0/, user);
  }
  attack.sandbox.ok('run', '-d', '--name', 'a', '--network', 'none', image, 'sleep', '1000');
  t.equal(attack.sandbox.ok('exec', '-u', '1', 'a', 'id', '-u'), '1\n');
  t.equal(attack.sandbox.ok('exec', '-u', '1000', 'a', 'id', '-u'), '1000\n');
  t.same(attack.close(), []);
});
