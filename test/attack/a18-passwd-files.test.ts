// A18: storage 2024-9676; containerd 2026-47262. /etc/passwd is a FIFO, a device, a link or huge.
// Debian 12's podman 4.3.1 hangs on a FIFO and reads 256 MB for 12 seconds.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Attack } from './support.ts';

t.test('a FIFO, made in a volume over /etc', async (t) => {
  const attack = new Attack();
  const image = attack.image('fifo', []);
  const etc = attack.sandbox.makeDirectory('etc');
  spawnSync('mkfifo', [`${etc}/passwd`]);
  const before = process.hrtime.bigint();
  const { code, stderr } = attack.run('-v', `${etc}:/etc`, '-u', 'foo', image, 'true');
  t.not(code, 0);
  t.match(stderr, /^Error: .*passwd is not a regular file[^\n]*\n$/);
  t.ok(process.hrtime.bigint() - before < 20_000_000_000n, 'it did not wait for a writer');
  t.same(attack.close(), []);
});

t.test('a huge file', async (t) => {
  const attack = new Attack();
  const line = Buffer.from('x:x:1:\n');
  const huge = Buffer.alloc(8 * 1024 * 1024, line);
  const image = attack.image('huge', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'file', path: 'etc/group', mode: 0o644, content: huge },
  ]);
  const { code, stderr } = attack.run('-u', 'foo', image, 'true');
  t.not(code, 0);
  t.match(stderr, /larger than 4 MiB/);
  t.equal(attack.run(image, 'true').code, 0, 'root needs neither file');
  t.same(attack.close(), []);
});

t.test('links to the host', async (t) => {
  const attack = new Attack();
  const image = attack.image('link', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'link', path: 'etc/passwd', target: '../../../../../../../../etc/passwd' },
  ]);
  t.not(attack.run('-u', 'daemon', image, 'true').code, 0, "the host's users are unknown");
  t.same(attack.close(), []);
});
