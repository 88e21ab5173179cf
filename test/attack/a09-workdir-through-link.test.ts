// A9: podman 2026-55686; runc 2024-45310. WORKDIR or a mount target through a link makes host places.
// Debian 12's podman 4.3.1 creates the directory on the host.
import t from 'tap';
import { Attack } from './support.ts';

t.test('nothing is made outside', async (t) => {
  const attack = new Attack();
  const link = {
    kind: 'link',
    path: 'lnk',
    target: `../../../../../../../..${attack.victim}`,
  } as const;
  const image = attack.image('workdir', [link], { WorkingDir: '/lnk/pwn' });
  attack.run(image, 'true');
  attack.run('-w', '/lnk/other', image, 'true');
  attack.run('-v', `${attack.sandbox.makeDirectory('d')}:/lnk/mounted`, '-w', '/', image, 'true');
  attack.run('--tmpfs', '/lnk/tmpfs', '-w', '/', image, 'true');
  t.equal(attack.damage(), '');
  const inside = [
    { kind: 'directory', path: 'real', mode: 0o755 },
    { kind: 'link', path: 'lnk', target: '/real' },
  ] as const;
  const honest = attack.image('honest', [...inside], { WorkingDir: '/lnk/new' });
  const { stdout } = attack.run(honest, 'sh', '-c', 'pwd -P');
  t.equal(stdout, '/real/new\n', 'a link inside the image is followed inside');
  t.same(attack.close(), []);
});
