// A7: runc 2025-52881, 2019-16884, 2023-27561. What the engine writes to /proc is led elsewhere by
// links and volumes of the image.
import t from 'tap';
import { Attack } from './support.ts';

t.test('/proc of the image or a volume is not what is written to', async (t) => {
  const attack = new Attack();
  const image = attack.image('proc', [
    { kind: 'directory', path: 'x', mode: 0o755 },
    { kind: 'directory', path: 'x/self', mode: 0o755 },
    { kind: 'directory', path: 'x/sys', mode: 0o755 },
    { kind: 'link', path: 'proc', target: '/x' },
  ]);
  const linked = attack.run(image, 'true');
  t.not(linked.code, 0, 'a link at /proc is refused');
  t.match(linked.stderr, /^Error: [^\n]+\n$/);
  for (const path of ['/proc', '/sys', '/dev', '/x/../proc/sys']) {
    const volume = attack.image('volume', [], { Volumes: { [path]: {} } });
    t.match(attack.run(volume, 'true'), { code: 125, stderr: /declares a volume at/ }, path);
  }
  const linkedVolume = attack.image(
    'linked-volume',
    [{ kind: 'link', path: 'x', target: '/proc' }],
    {
      Volumes: { '/x': {}, '/x/sys': {} },
    },
  );
  t.match(attack.run(linkedVolume, 'true'), { code: 126, stderr: /is on procfs/ });
  const plain = attack.image('plain', []);
  for (const target of ['/proc', '/proc/self', '/proc/sys/kernel'])
    t.match(
      attack.run('-v', `v:${target}`, plain, 'true'),
      { code: 126, stderr: /is on procfs/ },
      target,
    );
  const cpuinfo = attack.run('-v', '/etc/hostname:/proc/uptime:ro', plain, 'cat', '/proc/uptime');
  t.equal(cpuinfo.code, 0, 'what lxcfs replaces may be replaced');
  const sysctl = attack.run(
    '--sysctl',
    'net.ipv4.ip_forward=1',
    '-v',
    'v:/proc/sys',
    image,
    'true',
  );
  t.not(sysctl.code, 0);
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
