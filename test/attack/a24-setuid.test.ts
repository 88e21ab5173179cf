// A24: kernel 2023-0386. A setuid program in the writable layer; nested user namespaces are tried in
// a23.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Attack } from './support.ts';

t.test('setuid in the writable layer gives nothing on the host', async (t) => {
  const attack = new Attack();
  const image = attack.image('setuid', []);
  attack.sandbox.ok(
    'run',
    '-d',
    '--name',
    'a',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    'cp /bin/busybox /s 2>/dev/null || cat /bin/busybox > /s; chmod 6755 /s; sleep 1000',
  );
  const found = spawnSync(
    'find',
    [attack.sandbox.root, '-name', 's', '-uid', '0', '-perm', '/6000'],
    { encoding: 'utf8' },
  );
  t.equal(found.stdout, '', 'no file of root');
  const id = attack.sandbox.ok('exec', '-u', '5', 'a', 'id', '-u');
  t.equal(id, '5\n');
  t.same(attack.close(), []);
});
