// A1: runc 2019-5736. A container opens /proc/PID/exe of the process that joins it, for writing.
import t from 'tap';
import { Attack, productHashes } from './support.ts';

t.test('the launcher cannot be written from inside', async (t) => {
  const attack = new Attack();
  const before = productHashes();
  const script = `while :; do for p in /proc/[0-9]*; do
    case $p in /proc/1|/proc/$$) continue;; esac
    if ( : >> $p/exe ) 2>/dev/null && readlink $p/exe | grep -q bryo; then echo written >> /tmp-result; fi
  done; done`;
  const image = attack.image('overwrite', []);
  attack.sandbox.ok('run', '-d', '--name', 'a', '--network', 'none', image, 'sh', '-c', script);
  for (let round = 0; round < 60; round += 1) {
    t.equal(attack.sandbox.run(['exec', 'a', 'true']).code, 0);
  }
  t.not(attack.sandbox.run(['exec', 'a', 'cat', '/tmp-result']).code, 0, 'nothing was opened');
  t.equal(productHashes(), before);
  const self = attack.run('--entrypoint', '/proc/self/exe', image);
  t.not(self.code, 0, 'the launcher is not an entrypoint');
  t.equal(productHashes(), before);
  t.same(attack.close(), []);
});
