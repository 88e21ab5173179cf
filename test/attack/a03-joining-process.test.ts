// A3: runc 2016-9962. A container reads or traces the process that joins it for an exec.
import t from 'tap';
import { Attack } from './support.ts';

t.test('the joining process shows nothing of the host', async (t) => {
  const attack = new Attack();
  const image = attack.image('join', []);
  const script = `while :; do for p in /proc/[0-9]*; do
    case $p in /proc/1) continue;; esac
    for f in $p/cwd $p/root $p/fd/*; do
      case "$(readlink $f 2>/dev/null)" in *bryo*|/home*|/var/tmp*|/run/user*) echo $f >> /seen;; esac
    done
  done; done`;
  attack.sandbox.ok(
    'run',
    '-d',
    '--name',
    'a',
    '--cap-add',
    'SYS_PTRACE',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    script,
  );
  for (let round = 0; round < 60; round += 1) attack.sandbox.ok('exec', 'a', 'true');
  t.not(attack.sandbox.run(['exec', 'a', 'cat', '/seen']).code, 0, 'nothing was seen');
  t.same(attack.close(), []);
});
