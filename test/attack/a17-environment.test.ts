// A17: podman 2026-57231, 2020-14370. The image's Env names variables of the host.
// Debian 12's podman 4.3.1 fills `SECRET*` and `TOKEN` from its own environment.
import t from 'tap';
import { Attack } from './support.ts';

t.test('nothing of the host environment comes in', async (t) => {
  const attack = new Attack();
  const image = attack.image('environment', [], {
    Env: ['SECRET*', 'TOKEN', '=x', 'PLAIN=kept', '*'],
  });
  const env = { SECRET_KEY: 'canary', TOKEN: 'canary', DBUS_SESSION_BUS_ADDRESS: 'canary' };
  const { code, stdout, stderr } = attack.sandbox.run(
    ['run', '--rm', '--network', 'none', image, 'env'],
    { env },
  );
  t.equal(code, 0, stderr);
  t.notMatch(stdout, /canary/);
  t.match(stdout, /^PLAIN=kept$/m, 'honest variables are there');
  const asked = attack.sandbox.run(
    ['run', '--rm', '--network', 'none', '-e', 'TOKEN', image, 'env'],
    { env },
  );
  t.match(asked.stdout, /^TOKEN=canary$/m, 'what the caller asks for is given');
  t.same(attack.close(), []);
});
