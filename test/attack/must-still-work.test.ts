// The benign twins: what hardening of other engines has broken (containerd a8fc3a017, bwrap#801,
// runc 3f925525b).
import t from 'tap';
import { Attack } from './support.ts';

t.test('an absolute link at /etc/passwd is followed inside', async (t) => {
  const attack = new Attack();
  const image = attack.image('nix', [
    { kind: 'directory', path: 'etc', mode: 0o755 },
    { kind: 'directory', path: 'nix', mode: 0o755 },
    {
      kind: 'file',
      path: 'nix/passwd',
      mode: 0o644,
      content: Buffer.from('ann:x:7:8::/home/ann:/bin/sh\n'),
    },
    { kind: 'link', path: 'etc/passwd', target: '/nix/passwd' },
  ]);
  t.equal(attack.run('-u', 'ann', image, 'sh', '-c', 'id -u; echo $HOME').stdout, '7\n/home/ann\n');
  t.same(attack.close(), []);
});

t.test('a mount under /var/run, which is a link to /run', async (t) => {
  const attack = new Attack();
  const image = attack.image('run', [
    { kind: 'directory', path: 'run', mode: 0o755 },
    { kind: 'directory', path: 'var', mode: 0o755 },
    { kind: 'link', path: 'var/run', target: '/run' },
  ]);
  const data = attack.sandbox.makeDirectory('data');
  t.equal(
    attack.run(
      '-v',
      `${data}:/var/run/data`,
      image,
      'sh',
      '-c',
      'touch /run/data/f && ls /var/run/data',
    ).stdout,
    'f\n',
  );
  t.same(attack.close(), []);
});

t.test('a mount through a dangling link', async (t) => {
  const attack = new Attack();
  const image = attack.image('dangling', [
    { kind: 'link', path: 'data', target: '/not/there/yet' },
  ]);
  const data = attack.sandbox.makeDirectory('data');
  const { code, stdout, stderr } = attack.run(
    '-v',
    `${data}:/data`,
    image,
    'sh',
    '-c',
    'touch /data/f && ls /not/there/yet',
  );
  t.same([code, stdout], [0, 'f\n'], stderr);
  t.same(attack.close(), []);
});

t.test('ping without a capability', async (t) => {
  const attack = new Attack();
  const source = `
#include <netinet/in.h>
#include <sys/socket.h>
int main(void) { return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) < 0; }`;
  const image = attack.image('ping', [attack.probe('ping', source)]);
  t.equal(attack.run('--cap-drop', 'all', image, 'ping').code, 0);
  t.same(attack.close(), []);
});
