// A8: runc 2026-41579; crun 2026-47766. /dev, /proc or /sys of the image is a link to a host place.
// Debian 12's podman 4.3.1 with crun 1.8.1 makes the file victim/null on the host.
import t from 'tap';
import { Attack } from './support.ts';

for (const path of ['dev', 'proc', 'sys', 'etc', 'run', 'dev/shm', 'dev/pts']) {
  t.test(`/${path} is a link`, async (t) => {
    const attack = new Attack();
    for (const [kind, target] of Object.entries({
      absolute: attack.victim,
      relative: `../../../../../..${attack.victim}`,
    })) {
      const parent = path.includes('/')
        ? [{ kind: 'directory', path: 'dev', mode: 0o755 } as const]
        : [];
      const image = attack.image(`link-${kind}`, [...parent, { kind: 'link', path, target }]);
      const { code, stderr } = attack.run(image, 'true');
      t.comment(`${kind}: status ${code} ${stderr.trim()}`);
      t.equal(attack.damage(), '', kind);
      attack.run('-t', image, 'true');
      t.equal(attack.damage(), '', `${kind}, with a terminal`);
    }
    t.same(attack.close(), []);
  });
}
