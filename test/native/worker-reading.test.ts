import { spawn, spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { tar } from './tar.ts';
import { directory, run, unpack, victim, victimIsWhole } from './worker-runs.ts';

t.test("who a user is in an image's layers", async (t) => {
  const passwd = (lines: string): Buffer => tar({ path: 'etc/passwd', content: lines });
  const identity = (user: string, ...layers: string[]) => {
    const { status, stdout, stderr } = run(['identity', user, ...layers]);
    return status === 0 ? JSON.parse(stdout) : stderr;
  };
  const base = unpack(
    tar(
      { path: 'etc/passwd', content: 'root:x:0:0::/:\napp:x:7:8::/:\nnobody:x:65534:65534::/:\n' },
      { path: 'etc/group', content: 'root:x:0:\nstaff:x:50:app\nnogroup:x:65534:\n' },
    ),
  ).dest;
  t.same(identity('app', base), { uid: 7, gid: 8 });
  t.same(identity('7', base), { uid: 7, gid: 8 }, 'a number has the group of its entry');
  t.same(identity('9', base), { uid: 9, gid: 0 });
  t.same(identity('app:staff', base), { uid: 7, gid: 50 });
  t.match(identity('who', base), /^bryo-worker: unable to find user who: no matching entries/);
  t.match(identity('app:who', base), /unable to find group who/);
  t.equal(run(['largest-id', base]).stdout, '50\n', 'nobody does not count');

  const above = unpack(passwd('app:x:70:80::/:\n')).dest;
  t.same(identity('app:staff', above, base), { uid: 70, gid: 50 }, 'the topmost file of each');
  const gone = unpack(tar({ path: 'etc/.wh.passwd' })).dest;
  t.match(identity('app', gone, base), /unable to find user app/, 'a whiteout hides it');
  const opaque = unpack(tar({ path: 'etc/', type: '5' }, { path: 'etc/.wh..wh..opq' })).dest;
  t.match(identity('app', opaque, base), /unable to find user app/);
  t.same(identity('app', unpack(tar({ path: 'etc/', type: '5' })).dest, base), { uid: 7, gid: 8 });
  const away = unpack(tar({ path: 'etc', type: '2', link: 'usr/etc' })).dest;
  t.match(
    identity('app', away, base),
    /unable to find user app/,
    'a link stands in for a directory',
  );

  // Links are resolved in all layers together, and never outside.
  const moved = unpack(tar({ path: 'usr/etc/passwd', content: 'app:x:5:6::/:\n' })).dest;
  t.same(identity('app', away, moved), { uid: 5, gid: 6 });
  const link = (to: string) => unpack(tar({ path: 'etc/passwd', type: '2', link: to })).dest;
  t.same(identity('app', link('../../../../usr/etc/passwd'), moved), { uid: 5, gid: 6 });
  writeFileSync(join(victim, 'file'), 'app:x:1:1::/:\n');
  for (const outside of [join(victim, 'file'), `../../../..${join(victim, 'file')}`])
    t.match(identity('app', link(outside)), /unable to find user app/, outside);
  writeFileSync(join(victim, 'file'), 'untouched');
  t.match(identity('app', link('passwd')), /etc\/passwd: Too many levels of symbolic links/);
  t.match(identity('app', link('/proc/self/root/etc/passwd')), /unable to find user app/);
  const odd = (type: string) => unpack(tar({ path: 'etc/passwd', type })).dest;
  t.match(identity('app', odd('6')), /is not a regular file/, 'nobody waits for a pipe');
  t.match(identity('app', odd('5')), /is not a regular file/);
  const large = unpack(passwd('a'.repeat(4 * 1024 * 1024 + 1))).dest;
  t.match(identity('app', large), /larger than 4 MiB/);
  t.ok(victimIsWhole());
});

t.test('a worker that reads is confined', async (t) => {
  const dest = mkdtempSync(join(directory, 'confined-'));
  for (const args of [['plain'], ['unpack', '--dest', dest, '--owner', 'self']]) {
    const child = spawn(join(projectDir, 'dist', 'bryo-worker'), args, {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const status = (): string => readFileSync(`/proc/${child.pid}/status`, 'utf8');
    await eventually('the filter is there', () => /^Seccomp:\t2$/m.test(status()));
    t.match(status(), /^NoNewPrivs:\t1$/m);
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdin.end(gzipSync(tar()));
    t.equal(await ended, 0);
  }
});

t.test('plain bytes of a compressed file', async (t) => {
  const bytes = Buffer.from('plain '.repeat(1000));
  t.equal(run(['plain'], gzipSync(bytes)).stdout, bytes.toString());
  t.equal(run(['plain'], bytes).stdout, bytes.toString());
  t.match(run(['plain'], gzipSync(bytes).subarray(0, 20)), { status: 1, stderr: /truncated/ });
});

t.test("fuse-overlayfs's marks, and files that only look like them", async (t) => {
  const [lower, upper, dest] = ['fuse-lower', 'fuse-upper', 'fuse-dest'].map((name) => {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  }) as [string, string, string];
  for (const top of [lower, upper]) mkdirSync(join(top, 'again'));
  for (const name of ['gone', 'kept', 'again/old']) writeFileSync(join(lower, name), '');
  spawnSync('mknod', [join(upper, 'gone'), 'c', '0', '0']);
  const opaque = `import os, sys; os.setxattr(sys.argv[1], 'user.fuseoverlayfs.opaque', b'y')`;
  spawnSync('python3', ['-c', opaque, join(upper, 'again')]);
  // fuse-overlayfs makes such files only where it can make no device nodes.
  for (const name of ['.wh.kept', 'again/new']) writeFileSync(join(upper, name), '');
  t.equal(run(['own-layer', dest, upper, lower]).status, 0);
  t.same(readdirSync(dest), ['.wh.kept', 'again', 'gone']);
  t.ok(lstatSync(join(dest, 'gone')).isCharacterDevice());
  t.same(readdirSync(join(dest, 'again')), ['new']);
  const changes = run(['changes', dest, lower]).stdout.split('\0').sort();
  t.same(changes, ['', 'A /.wh.kept', 'A /again/new', 'C /again', 'D /again/old', 'D /gone']);
  t.match(run(['own-layer', join(directory, 'none'), upper]), {
    status: 1,
    stderr: /No such file/,
  });
});
