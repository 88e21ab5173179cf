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
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { hostileArchives } from './hostile-archives.ts';
import { pax, tar } from './tar.ts';
import { directory, launcher, run, unpack, victim, victimIsWhole, worker } from './worker-runs.ts';

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
