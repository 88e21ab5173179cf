// A35: containerd 2026-53488; CRI-O 2024-3154. A label of an image drives the engine.
import t from 'tap';
import { Attack } from './support.ts';

t.test('labels and annotations of an image are data', async (t) => {
  const attack = new Attack();
  const image = attack.image('labels', [], {
    Labels: {
      'run.oci.keep_original_groups': '1',
      'io.podman.annotations.privileged': 'TRUE',
      'org.systemd.property.Delegate': 'yes',
    },
  });
  t.equal(attack.run(image, 'id', '-G').stdout, '0\n');
  t.match(attack.run(image, 'grep', 'CapBnd', '/proc/self/status').stdout, /00000000800405fb/);
  t.same(attack.close(), []);
});
