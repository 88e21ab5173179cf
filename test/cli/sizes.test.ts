import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
// The file with two names, and the link /etc/mtab.
const ownSize = 100_000 + '/proc/mounts'.length;
const none = ['--network', 'none'];

t.test('sizes of a container are those of its files', async (t) => {
  const script = 'head -c 100000 /dev/zero > /big; ln /big /hard';
  sandbox.ok('run', '--name', 'c', ...none, 'hello', 'sh', '-c', script);
  const image = JSON.parse(sandbox.ok('images', '--format', 'json'))[0];
  const [listed] = JSON.parse(sandbox.ok('ps', '-as', '--format', 'json'));
  t.equal(listed.Size.rwSize, ownSize, 'hard links count once');
  t.equal(listed.Size.rootFsSize, image.VirtualSize + ownSize);
  t.match(sandbox.ok('ps', '-as'), /SIZE\n.*100kB \(virtual 2\.0\d+MB\)/);
  const [described] = JSON.parse(sandbox.ok('inspect', '--size', 'c'));
  t.match(described, { SizeRw: ownSize, SizeRootFs: listed.Size.rootFsSize });
  t.notOk('SizeRw' in JSON.parse(sandbox.ok('inspect', 'c'))[0]);
  const rootfs = sandbox.makeDirectory('rootfs');
  writeFileSync(join(rootfs, 'file'), Buffer.alloc(5000));
  sandbox.ok('create', '--name', 'own', ...none, '--rootfs', rootfs, 'true');
  const sizes = ['inspect', '--size', '--format', '{{.SizeRw}} {{.SizeRootFs}}', 'own'];
  t.equal(sandbox.ok(...sizes), '5000 5000\n', 'of a directory all of it');
  sandbox.ok('create', '--name', 'small', ...none, 'hello');
  const order = ['ps', '-a', '--sort', 'size', '--format', '{{.Names}} {{.Size}}'];
  t.equal(sandbox.ok(...order), 'own \nsmall \nc \n', 'in the order of sizes that are not shown');
  sandbox.ok('rm', 'own', 'small');
});

t.test('system df says what du says of files, also when images share layers', async (t) => {
  for (const name of ['a:1', 'b:1']) sandbox.ok('commit', '-q', '-c', `ENV A=${name}`, 'c', name);
  sandbox.ok('run', '--rm', ...none, '-v', 'v:/v', 'hello', 'sh', '-c', 'echo x > /v/x');
  const rows = JSON.parse(sandbox.ok('system', 'df', '--format', 'json')) as { RawSize: number }[];
  const told = rows.reduce((sum, { RawSize }) => sum + RawSize, 0);
  const parts = ['layers', 'containers', 'volumes'].map((name) => `${sandbox.root}/${name}`);
  const du =
    Number(sandbox.ok('unshare', 'du', '-sck', ...parts).match(/(\d+)\ttotal/)?.[1]) * 1024;
  // Blocks of small files and the directories that hold them are not theirs.
  t.ok(Math.abs(du - told) < 64 * 1024, `${told} of ${du}`);
  const detailed = sandbox.ok('system', 'df', '-v');
  t.match(detailed, /Images space usage:[\s\S]*localhost\/a[\s\S]*Containers space usage:/);
});

t.test('image tree and diff', async (t) => {
  t.match(sandbox.ok('image', 'tree', 'a:1'), /Image Layers\n├── ID: [^\n]*hello[^\n]*\n└── ID/);
  t.match(sandbox.ok('image', 'tree', '--whatrequires', 'hello'), /localhost\/a:1 localhost\/b:1/);
  t.match(sandbox.ok('image', 'diff', 'a:1'), /^A \/big$/m);
  t.equal(sandbox.ok('image', 'diff', 'a:1', 'b:1'), '');
  t.match(sandbox.ok('image', 'diff', 'hello', 'a:1'), /^D \/big$/m);
  t.match(sandbox.run(['image', 'diff', 'nothing']), { code: 125, stderr: /image not known/ });
});

t.test('system prune takes what nobody uses, as its filters say', async (t) => {
  sandbox.ok('run', '-d', '--name', 'up', ...none, 'a:1', 'sleep', '1000');
  sandbox.ok('run', '--name', 'kept', '--label', 'keep', ...none, 'hello', 'true');
  const refused = sandbox.run(['system', 'prune'], { input: 'n\n' });
  t.match(refused.stdout, /all stopped containers[\s\S]*all dangling images/);
  t.match(sandbox.run(['system', 'prune', '-f', '--filter', 'name=x']), { code: 125 });
  const first = sandbox.ok('system', 'prune', '-f', '--filter', 'label!=keep');
  t.match(first, /^Deleted Containers\n[0-9a-f]{64}\nTotal reclaimed space: /);
  t.same(sandbox.ok('ps', '-a', '--format', '{{.Names}}').trim().split('\n'), ['up', 'kept']);
  const all = sandbox.ok('system', 'prune', '-af', '--volumes');
  t.match(all, /Deleted Containers\n[\s\S]*Deleted Volumes\nv\nDeleted Images\n[\s\S]*Total/);
  t.equal(sandbox.ok('images', '--format', '{{.Repository}}'), 'localhost/a\n');
  t.equal(sandbox.ok('system', 'check'), '');
  sandbox.ok('rm', '-f', '-t', '0', 'up');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
