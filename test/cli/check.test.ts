import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];
const place = (...names: string[]) => join(sandbox.root, ...names);

t.test('system check finds and mends what is damaged, and nothing else', async (t) => {
  sandbox.ok('create', '--name', 'c', ...none, '-v', 'v:/v', 'hello', 'cat', '/etc/passwd');
  t.equal(sandbox.ok('system', 'check'), '');
  const [layer = ''] = readdirSync(place('layers'));
  sandbox.ok('unshare', 'sh', '-c', `echo x >> ${place('layers', layer, 'diff', 'etc', 'passwd')}`);
  writeFileSync(place('index.json'), '{');
  rmSync(place('names', 'c'));
  writeFileSync(place('names', 'nobody'), 'zz');
  writeFileSync(place('volumes', 'v', 'volume.json'), 'broken');
  writeFileSync(place('blobs', 'sha256', '0'.repeat(64)), 'x');
  t.match(sandbox.run(['system', 'check', '--quick']), { code: 125, stderr: /damage detected/ });
  const found = sandbox.run(['system', 'check']);
  const expected = ['index', 'name nobody', `layer sha256:${layer}`, 'volume v'];
  for (const what of expected) t.match(found.stdout, new RegExp(`^${what}`, 'm'));
  t.equal(found.stdout.trim().split('\n').length, expected.length);
  const mended = sandbox.ok('system', 'check', '--repair');
  t.match(mended, /unpacked again from its blob/);
  t.match(mended, /^blob sha256:0+ is needed by nothing \(removed\)/m);
  t.equal(sandbox.ok('system', 'check'), '');
  t.notMatch(sandbox.ok('start', '-a', 'c'), /^x$/m);
  t.match(sandbox.ok('images'), /localhost\/hello/);
});

t.test('a layer that is gone is unpacked from its blob', async (t) => {
  const [layer = ''] = readdirSync(place('layers'));
  sandbox.ok('unshare', 'rm', '-rf', place('layers', layer));
  t.match(sandbox.run(['system', 'check', '--quick']).stdout, /^layer .* is not whole/m);
  sandbox.ok('system', 'check', '--repair');
  sandbox.ok('start', '-a', 'c');
});

t.test('what cannot be mended is told, and given up only with --force', async (t) => {
  const [id = ''] = readdirSync(place('containers'));
  writeFileSync(place('containers', id, 'record.json'), '{}');
  t.equal(sandbox.ok('ps', '-aq').trim(), id.slice(0, 12), 'it is listed');
  t.match(sandbox.run(['system', 'check', '--repair']), {
    code: 125,
    stdout: /has a damaged record/,
    stderr: /damage detected/,
  });
  t.match(sandbox.ok('system', 'check', '--repair', '--force'), /container removed/);
  const { Digest, RootFS } = JSON.parse(sandbox.ok('inspect', '--type', 'image', 'hello'))[0];
  t.equal(RootFS.Layers.length > 0, true);
  appendFileSync(place('blobs', ...Digest.split(':')), ' ');
  t.match(sandbox.ok('system', 'check', '--repair'), /image removed/);
  t.equal(sandbox.ok('system', 'check'), '');
  t.equal(sandbox.run(['system', 'check', '--force']).code, 125);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
