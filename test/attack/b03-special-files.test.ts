// B3: device nodes, setuid programs and file capabilities of a layer.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { pax, tar } from '../native/tar.ts';
import { Attack } from './support.ts';

t.test('special files are inert, and the image is usable', async (t) => {
  const attack = new Attack();
  const layer = tar(
    { path: 'sda', type: '4', mode: 0o666 },
    { path: 'mem', type: '3', mode: 0o666 },
    { path: 'pipe', type: '6', mode: 0o666 },
    { path: 'suid', content: '#!/bin/sh\nid -u\n', mode: 0o6755 },
    // cap_sys_admin=ep, version 2
    pax({ 'SCHILY.xattr.security.capability': '\u0001\0\0\u0002\0\0 \0\0\0 \0\0\0\0\0\0\0\0\0' }),
    { path: 'capable', content: 'x', mode: 0o755 },
  );
  const { sandbox } = attack;
  const path = attack.archive('special', [attack.baseLayer(), layer]);
  const { code, stderr } = sandbox.run(['load', '-q', '-i', path]);
  t.same([code, stderr], [0, '']);
  const look = attack.run(
    'example.com/special:1',
    'sh',
    '-c',
    'for f in /sda /mem; do test -f $f && echo file; done; id -u',
  );
  t.equal(look.stdout, 'file\nfile\n0\n');
  const find = (...args: string[]) =>
    spawnSync('find', [sandbox.root, ...args], { encoding: 'utf8' }).stdout;
  t.equal(find('-type', 'b'), '', 'no block device in the store');
  t.equal(find('-perm', '/6000', '-user', 'root'), '', 'nothing is setuid root on the host');
  const bound = attack.run('example.com/special:1', 'grep', 'CapBnd', '/proc/self/status');
  t.match(bound.stdout, /00000000800405fb/);
  t.same(attack.close(), []);
});
