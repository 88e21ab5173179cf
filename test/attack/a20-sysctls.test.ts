// A20: CRI-O 2022-0811, 2022-0532. A sysctl that is not the container's own.
import t from 'tap';
import { Attack } from './support.ts';

t.test('only namespaced sysctls', async (t) => {
  const attack = new Attack();
  const image = attack.image('sysctls', []);
  for (const value of [
    'kernel.shm_rmid_forced=1+kernel.core_pattern=x',
    'kernel.core_pattern=|/x',
    'net.ipv4.ip_forward=1\nkernel.x=1',
    'kernel/../kernel.core_pattern=x',
    'vm.swappiness=1',
  ]) {
    const { code, stderr } = attack.sandbox.run(['run', '--rm', '--sysctl', value, image, 'true']);
    t.ok(code === 125 || code === 126, `${value}: ${code}`);
    t.match(stderr, /^Error: [^\n]+\n$/);
  }
  t.equal(
    attack.sandbox.run([
      'run',
      '--rm',
      '--network',
      'host',
      '--sysctl',
      'net.ipv4.ip_forward=1',
      image,
      'true',
    ]).code,
    125,
  );
  t.equal(
    attack.run('--sysctl', 'net.ipv4.ip_forward=1', image, 'cat', '/proc/sys/net/ipv4/ip_forward')
      .stdout,
    '1\n',
  );
  t.same(attack.close(), []);
});
