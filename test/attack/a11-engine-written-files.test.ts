// A11: crun 2025-24965; CRI-O 2024-5154. A file that the engine writes is a link in the image.
import t from 'tap';
import { Attack } from './support.ts';

t.test('links at hosts, hostname, resolv.conf and others', async (t) => {
  const attack = new Attack();
  const target = `../../../../../../../..${attack.victim}/canary`;
  const files = [
    'etc/hosts',
    'etc/hostname',
    'etc/resolv.conf',
    'etc/mtab',
    'etc/localtime',
    'run/.containerenv',
  ];
  const image = attack.image('written', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'directory', path: 'run', mode: 0o755 },
    ...files.map((path) => ({ kind: 'link', path, target }) as const),
  ]);
  const { code, stderr } = attack.run('--userns', 'keep-id', image, 'true');
  t.comment(`status ${code} ${stderr.trim()}`);
  attack.run('--add-host', 'a:1.2.3.4', '--hostname', 'h', image, 'true');
  t.equal(attack.damage(), '');
  const passwd = attack.image('passwd', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'link', path: 'etc/passwd', target },
    { kind: 'link', path: 'etc/group', target },
  ]);
  attack.run('--userns', 'keep-id', passwd, 'true');
  t.equal(attack.damage(), '', 'nor by keep-id');
  t.same(attack.close(), []);
});
