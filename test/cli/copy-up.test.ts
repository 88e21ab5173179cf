// What an image says of its files is so in a container: in the volumes that they are copied to, and of
// its root.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sparseEntry } from '../native/sparse-entries.ts';
import { pax, tar, tarEntry } from '../native/tar.ts';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];

const undefinedId = 0xffff_ffff;

/** linux/posix_acl_xattr.h: the owner, user 7, the group, the mask, others. */
const acl = Buffer.from(
  new Uint32Array([
    2,
    1 | (6 << 16),
    undefinedId,
    2 | (7 << 16),
    7,
    4 | (4 << 16),
    undefinedId,
    0x10 | (7 << 16),
    undefinedId,
    0x20 | (4 << 16),
    undefinedId,
  ]).buffer,
);
/** linux/capability.h, version 2: cap_net_raw, permitted and effective. */
const capability = Buffer.from(new Uint32Array([0x0200_0001, 1 << 13, 0, 0, 0]).buffer);
const holes = { pieces: [[4 << 20, 5]] as [number, number][], size: (4 << 20) + 5 };

const content = tar(
  { path: 'data/', type: '5', mode: 0o2751, uid: 1, gid: 2, mtime: 1_000_000_000 },
  pax({ 'SCHILY.xattr.user.a': 'b', 'SCHILY.xattr.system.posix_acl_access': acl }),
  { path: 'data/f', content: 'one\n', mode: 0o674, mtime: 1_100_000_000 },
  { path: 'data/h', type: '1', link: 'data/f' },
  { path: 'data/l', type: '2', link: 'f', uid: 3, mtime: 1_200_000_000 },
  { path: 'data/p', type: '6', mode: 0o622, gid: 4, mtime: 1_300_000_000 },
  pax({ 'SCHILY.xattr.security.capability': capability }),
  { path: 'data/s', content: 's', mode: 0o4755, mtime: 1_400_000_000 },
  { path: 'data/d/', type: '5', mode: 0o700, uid: 8, mtime: 1_500_000_000 },
  { path: 'data/d/h', type: '1', link: 'data/f' },
  ...sparseEntry('data/sparse', holes, 'old'),
);

/** The same of the image's directory and of a volume's. */
const expected = [
  'd 41c0 8:0 2 1500000000',
  'd/h 81bc 0:0 3 1100000000',
  'f 81bc 0:0 3 1100000000',
  'h 81bc 0:0 3 1100000000',
  'l a1ff 3:0 1 1200000000',
  'p 1192 0:4 1 1300000000',
  's 89ed 0:0 1 1400000000',
  'sparse 81a4 0:0 1 0',
];

t.test('owners, modes, times, links, attributes and holes', async (t) => {
  const file = join(sandbox.makeDirectory('image'), 'content.tar');
  writeFileSync(file, content, { mode: 0o644 });
  sandbox.ok('import', '-q', file, 'content');
  // There is no program in it, but its volume has been filled before that is known.
  const refused = sandbox.run(['run', '--rm', ...none, '-v', 'up:/data', 'content', '/none']);
  t.equal(refused.code, 127, refused.stderr);
  const look = [
    'cd /data',
    'stat -c "%a %u:%g %Y" .',
    'stat -c "%n %f %u:%g %h %Y" d d/h f h l p s sparse',
    'stat -c %b sparse',
    'tail -c 5 sparse',
  ].join('; ');
  const shown = sandbox.ok('run', '--rm', ...none, '-v', 'up:/data:ro', 'hello', 'sh', '-c', look);
  const [own, ...lines] = shown.split('\n');
  t.equal(own, '2751 1:2 1000000000');
  t.same(lines.slice(0, expected.length), expected);
  t.ok(Number(lines[expected.length]) * 512 < 1 << 20, 'a hole stays a hole');
  t.equal(lines.at(-1), 'The q');
  const exported = join(sandbox.directory, 'image', 'volume.tar');
  sandbox.ok('volume', 'export', '-o', exported, 'up');
  const bytes = readFileSync(exported, 'latin1');
  for (const [name, value] of [
    ['user.a', 'b'],
    ['system.posix_acl_access', acl.toString('latin1')],
    ['security.capability', capability.toString('latin1')],
  ] as const) {
    t.equal(bytes.split(`SCHILY.xattr.${name}=${value}`).length, 2, name);
  }
});

t.test("the root directory has the mode of the image's, and belongs to root", async (t) => {
  sandbox.ok('create', '--name', 'plain', 'hello', 'true');
  const exported = join(sandbox.directory, 'image', 'plain.tar');
  sandbox.ok('export', '-o', exported, 'plain');
  sandbox.ok('rm', 'plain');
  const root = tarEntry({ path: './', type: '5', mode: 0o1711, uid: 5, gid: 6 });
  writeFileSync(exported, Buffer.concat([root, readFileSync(exported)]), { mode: 0o644 });
  sandbox.ok('import', '-q', exported, 'rooted');
  const look = ['stat', '-c', '%a %u:%g', '/'];
  t.equal(sandbox.ok('run', '--rm', ...none, 'rooted', ...look), '1711 0:0\n');
  sandbox.ok('run', '--name', 'above', ...none, 'rooted', 'touch', '/new');
  sandbox.ok('commit', '-q', 'above', 'above');
  t.equal(sandbox.ok('run', '--rm', ...none, 'above', ...look), '1711 0:0\n', 'also under a layer');
  t.equal(sandbox.ok('run', '--rm', ...none, 'hello', ...look), '555 0:0\n');
  sandbox.ok('rm', 'above');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
