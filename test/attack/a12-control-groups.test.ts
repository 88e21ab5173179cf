// A12: runc 2023-25809, containerd 2025-47291. Control groups written from inside, or left.
import { chownSync, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testUser } from '../support/user.ts';
import { Attack } from './support.ts';

/** A control group that the user could write to from outside, where the machine has them. */
function delegatedGroup(): string | null {
  const top = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
    existsSync(join(path, 'cgroup.procs')),
  );
  if (top === undefined || process.getuid?.() !== 0) return null;
  const group = join(top, `bryo-attack-${process.pid}`);
  mkdirSync(group);
  chownSync(group, testUser().uid, testUser().gid);
  return group;
}

t.test('no control group can be written, whatever is shared', async (t) => {
  const attack = new Attack();
  const image = attack.image('groups', []);
  const group = delegatedGroup();
  t.teardown(() => group !== null && rmdirSync(group));
  const script = `find /sys/fs/cgroup -type d | while read d; do mkdir "$d/pwn"; done 2>&1 | grep -vcE 'Read-only file system|Permission denied|No such file'; mount -o remount,rw /sys/fs/cgroup 2>&1 | grep -c denied`;
  for (const flags of [[], ['--cgroupns=host'], ['--cgroupns=host', '--network=host']]) {
    const { stdout } = attack.run(...flags, image, 'sh', '-c', script);
    t.equal(stdout, '0\n1\n', flags.join(' '));
  }
  if (group !== null) t.same(readdirSync(group).includes('pwn'), false);
  const stderr = /^Error: invalid --cgroup-parent "[^\n]+": "." and ".." are not allowed in it\n$/;
  for (const parent of ['../..', 'a/../../..', '/../../tmp', '..', '/a/./b', '../x.slice']) {
    const flags = ['--cgroup-parent', parent];
    for (const words of [['run', '--rm'], ['create']]) {
      t.match(attack.sandbox.run([...words, ...flags, image]), { code: 125, stderr }, parent);
    }
    t.match(attack.sandbox.run(['pod', 'create', ...flags]), { code: 125, stderr }, parent);
  }
  t.same(attack.close(), []);
});
