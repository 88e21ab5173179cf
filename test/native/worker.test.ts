import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { hostileArchives } from './hostile-archives.ts';
import { pax, tar } from './tar.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-worker-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
// The sanitizers end the program at the first wrong step in memory.
const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');
const worker = join(projectDir, 'dist', 'asan', 'bryo-worker');
let count = 0;

/** Runs the worker as root of a user namespace in which only the caller is mapped. */
function run(args: string[], input: Buffer = Buffer.alloc(0)) {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const namespace = ['userns', '--uids', `0:${uid}:1`, '--gids', `0:${gid}:1`, '--direct', '--'];
  return spawnSync(launcher, [...namespace, worker, ...args], { input, encoding: 'utf8' });
}

function unpack(bytes: Buffer, ...flags: string[]) {
  count += 1;
  const dest = join(directory, `layer-${count}`);
  mkdirSync(dest);
  const result = run(['unpack', '--dest', dest, '--owner', 'self', ...flags], bytes);
  return { dest, code: result.status, stdout: result.stdout, stderr: result.stderr };
}

const victim = join(directory, 'victim');
mkdirSync(victim);
writeFileSync(join(victim, 'file'), 'untouched', { mode: 0o640 });

function victimIsWhole(): boolean {
  const { mode, nlink } = statSync(join(victim, 'file'));
  const names = readdirSync(victim);
  return (
    names.length === 1 &&
    (mode & 0o777) === 0o640 &&
    nlink === 1 &&
    readFileSync(join(victim, 'file'), 'utf8') === 'untouched'
  );
}

t.test('an archive of GNU tar', async (t) => {
  const source = join(directory, 'source');
  mkdirSync(join(source, 'a', 'b'.repeat(120)), { recursive: true });
  writeFileSync(join(source, 'a', 'file'), 'x'.repeat(5000), { mode: 0o751 });
  symlinkSync('../a', join(source, 'a', 'link'));
  for (const format of ['gnu', 'pax', 'ustar', 'v7']) {
    const long = format === 'gnu' || format === 'pax';
    const exclude = long ? [] : ['--exclude=bbb*'];
    const plain = execFileSync('tar', [
      '--format',
      format,
      ...exclude,
      '-C',
      source,
      '-cf',
      '-',
      '.',
    ]);
    const digest = `sha256:${createHash('sha256').update(plain).digest('hex')}`;
    for (const bytes of [
      plain,
      gzipSync(plain),
      Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]),
    ]) {
      const { dest, code, stdout } = unpack(bytes);
      t.equal(code, 0, format);
      t.match(JSON.parse(stdout), { diffId: digest, size: plain.length, bytes: 5000 });
      t.equal(statSync(join(dest, 'a', 'file')).mode & 0o777, 0o751);
      t.equal(readlinkSync(join(dest, 'a', 'link')), '../a');
      if (long) t.ok(statSync(join(dest, 'a', 'b'.repeat(120))).isDirectory());
    }
  }
});

t.test('zstd', async (t) => {
  const bytes = tar({ path: 'f', content: 'hi' });
  const packed = spawnSync('zstd', ['-qc'], { input: bytes });
  t.equal(packed.status, 0, 'zstd is installed (apt install zstd)');
  const { dest, code } = unpack(packed.stdout);
  t.equal(code, 0);
  t.equal(readFileSync(join(dest, 'f'), 'utf8'), 'hi');
});

t.test('whiteouts', async (t) => {
  const { dest, code } = unpack(
    tar(
      { path: 'd/', type: '5', mode: 0o755 },
      { path: 'd/.wh.gone' },
      { path: 'o/', type: '5', mode: 0o755 },
      { path: 'o/.wh..wh..opq' },
      { path: 'again/', type: '5', mode: 0o755 },
      { path: '.wh.again' },
    ),
  );
  t.equal(code, 0);
  const gone = lstatSync(join(dest, 'd', 'gone'));
  t.ok(gone.isCharacterDevice() && gone.rdev === 0);
  t.ok(statSync(join(dest, 'again')).isDirectory(), 'what the layer has itself stays');
});

t.test('what a layer replaces', async (t) => {
  const { dest, code } = unpack(
    tar(
      { path: 'x', content: '1' },
      { path: 'x', content: '22' },
      { path: 'y/z', content: '1' },
      { path: 'y', type: '2', link: 'x' },
      { path: 'h', type: '1', link: 'x' },
      pax({
        path: 'p'.repeat(150),
        'SCHILY.xattr.user.overlay.opaque': 'y',
        'SCHILY.xattr.user.kept': 'v',
      }),
      { path: 'short', content: 'p' },
    ),
  );
  t.equal(code, 0);
  t.equal(readFileSync(join(dest, 'h'), 'utf8'), '22');
  t.equal(readlinkSync(join(dest, 'y')), 'x');
  t.equal(readFileSync(join(dest, 'p'.repeat(150)), 'utf8'), 'p');
});

const hostile = hostileArchives(victim);

t.test('hostile archives', async (t) => {
  t.ok(Object.keys(hostile).length >= 40);
  for (const [name, entries] of Object.entries(hostile)) {
    const { code, stderr } = unpack(tar(...entries));
    t.ok(code === 0 || code === 1, `${name}: refused or contained, not crashed (${code})`);
    if (code === 1) t.match(stderr, /^bryo-worker: [^\n]+\n$/, `${name}: one line`);
    t.ok(victimIsWhole(), `${name}: nothing outside has changed`);
  }
});

t.test('device nodes are inert', async (t) => {
  const { dest } = unpack(
    tar({ path: 'w', type: '3', mode: 0o666 }, { path: 'b', type: '4', mode: 0o666 }),
  );
  for (const name of ['w', 'b']) t.ok(lstatSync(join(dest, name)).isFile());
});

t.test('caps', async (t) => {
  const noise = randomBytes(1 << 19).toString('hex');
  const large = gzipSync(tar({ path: 'f', content: noise }));
  t.match(unpack(large, '--max-bytes', '100000'), { code: 1, stderr: /more than 100000 bytes/ });
  const most = ['--max-bytes', String(64 << 20)];
  const letters = gzipSync(tar({ path: 'f', content: 'x'.repeat(1 << 22) }));
  t.match(unpack(letters, ...most), { code: 1, stderr: /bomb: it grows/ });
  t.equal(unpack(letters).code, 0, 'few bytes may be anything');
  const zeros = gzipSync(tar({ path: 'f', content: '\0'.repeat(1 << 22) }));
  t.equal(unpack(zeros, ...most).code, 0, 'zeros become a hole');
  t.equal(unpack(large, '--max-bytes', String(64 << 20)).code, 0);
  const many = tar(...Array.from({ length: 50 }, (_, i) => ({ path: `f${i}` })));
  t.match(unpack(many, '--max-entries', '10'), { code: 1, stderr: /more than 10 entries/ });
  const cut = gzipSync(tar({ path: 'f', content: 'x'.repeat(9999) }));
  t.match(unpack(cut.subarray(0, cut.length - 30)), { code: 1, stderr: /truncated|corrupt/ });
});

t.test('mutated archives never crash the reader', async (t) => {
  const seed = tar(
    pax({ path: 'long', mtime: '1.5' }),
    { path: 'a', content: 'x'.repeat(600) },
    { path: 'l', type: '2', link: 'a' },
    { path: 'h', type: '1', link: 'a' },
  );
  let state = 12_345;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const codes = new Set<number | null>();
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(seed);
    for (let i = 0; i <= random(6); i += 1) bytes[random(bytes.length)] = random(256);
    const { code, dest } = unpack(bytes);
    codes.add(code);
    rmSync(dest, { recursive: true, force: true });
  }
  t.same(
    [...codes].filter((code) => code !== 0 && code !== 1),
    [],
  );
  t.ok(victimIsWhole());
});

t.test('remove, merge, usage', async (t) => {
  const lower = unpack(
    tar(
      { path: 'd/a', content: '1' },
      { path: 'd/b', content: '2' },
      { path: 'o/x', content: '3' },
    ),
  ).dest;
  const upper = unpack(
    tar(
      { path: 'd/.wh.a' },
      { path: 'd/b', content: 'new' },
      { path: 'o/', type: '5', mode: 0o755 },
      { path: 'o/.wh..wh..opq' },
      { path: 'o/y', content: '4' },
    ),
  ).dest;
  const merged = join(directory, 'merged');
  mkdirSync(merged);
  t.equal(run(['merge', '--dest', merged, lower, upper]).status, 0);
  t.same([readdirSync(join(merged, 'd')), readdirSync(join(merged, 'o'))], [['b'], ['y']]);
  t.equal(readFileSync(join(merged, 'd', 'b'), 'utf8'), 'new');
  const [used] = JSON.parse(run(['usage', merged]).stdout) as { inodes: number }[];
  t.equal(used?.inodes, 5);
  let deep = merged;
  for (let i = 0; i < 200; i += 1) {
    deep = join(deep, 'x');
    mkdirSync(deep);
  }
  symlinkSync(victim, join(merged, 'link'));
  t.equal(run(['remove', merged, join(directory, 'never-there')]).status, 0);
  t.notOk(readdirSync(directory).includes('merged'));
  t.ok(victimIsWhole());
});

t.test('several may remove the same tree at once', async (t) => {
  const tree = join(directory, 'contested');
  for (let at = 0; at < 200; at += 1) {
    mkdirSync(join(tree, `d${at}`, 'e'), { recursive: true });
    writeFileSync(join(tree, `d${at}`, 'e', 'f'), '');
  }
  const removals = Array.from({ length: 4 }, () => spawn(worker, ['remove', tree]));
  const ends = removals.map((child) => once(child, 'close'));
  t.same(await Promise.all(ends), Array(4).fill([0, null]));
  t.notOk(existsSync(tree));
});

t.test('what is packed unpacks to the same tree', async (t) => {
  const long = 'n'.repeat(180);
  const { dest } = unpack(
    tar(
      { path: 'd/', type: '5', mode: 0o2750 },
      { path: 'd/f', content: 'x'.repeat(700), mode: 0o4711 },
      { path: 'd/h', type: '1', link: 'd/f' },
      { path: 'd/l', type: '2', link: '../../etc' },
      pax({ path: `d/${long}`, 'SCHILY.xattr.user.a': 'b\0c' }),
      { path: 'short', content: 'long' },
      { path: 'd/.wh.gone' },
      { path: 'o/', type: '5' },
      { path: 'o/.wh..wh..opq' },
      { path: 'pipe', type: '6' },
    ),
  );
  const pack = (directory: string): Buffer => {
    const uid = process.getuid?.() ?? 0;
    const gid = process.getgid?.() ?? 0;
    const flags = ['--uids', `0:${uid}:1`, '--gids', `0:${gid}:1`, '--direct', '--'];
    const argv = ['userns', ...flags, worker, 'pack', '--owner', 'self', directory];
    const result = spawnSync(launcher, argv, { maxBuffer: 1 << 26 });
    t.equal(result.status, 0, String(result.stderr));
    return result.stdout;
  };
  const first = pack(dest);
  const again = unpack(first);
  t.equal(again.code, 0, again.stderr);
  t.same(pack(again.dest), first, 'byte by byte');
  const path = join(directory, 'packed.tar.gz');
  writeFileSync(path, first);
  const names = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n');
  t.same(names, [
    'd/',
    'd/f',
    'd/.wh.gone',
    'd/h',
    'd/l',
    `d/${long}`,
    'o/',
    'o/.wh..wh..opq',
    'pipe',
  ]);
  t.same(run(['changes', dest]).stdout.split('\0').slice(0, 3), ['A /d', 'A /d/f', 'A /d/h']);
  const below = mkdtempSync(join(directory, 'below-'));
  mkdirSync(join(below, 'd'));
  writeFileSync(join(below, 'd', 'gone'), '');
  t.match(run(['changes', dest, below]).stdout, '\0D /d/gone\0', 'what there was is gone');
});

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
