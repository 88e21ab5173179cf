// A16: containerd 2023-25173; moby 2022-36109 and others. Supplementary groups are wrong.
import t from 'tap';
import { Attack } from './support.ts';

t.test('groups are those of the image and the flags', async (t) => {
  const attack = new Attack();
  const file = (path: string, text: string) =>
    ({ kind: 'file', path, mode: 0o644, content: Buffer.from(text) }) as const;
  const image = attack.image('groups', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    file('etc/passwd', 'root:x:0:0::/:/bin/sh\nann:x:7:8::/:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nmain:x:8:\nmore:x:9:ann\nother:x:10:bob\n'),
  ]);
  const groups = (...flags: string[]) => attack.run(...flags, image, 'id', '-G').stdout.trim();
  t.equal(groups(), '0');
  t.equal(groups('-u', '1234'), '0');
  t.equal(groups('-u', '1234:55'), '55');
  t.equal(groups('-u', 'ann'), '8 9');
  t.equal(groups('-u', 'ann:10'), '10');
  t.equal(groups('-u', '1234', '--group-add', '77'), '0 77');
  t.same(attack.close(), []);
});
