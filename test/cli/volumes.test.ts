import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const volume = (...args: string[]) => sandbox.run(['volume', ...args]);

t.test('create, list, inspect', async (t) => {
  t.equal(sandbox.ok('volume', 'create', '--label', 'job=7', 'data'), 'data\n');
  t.match(volume('create', 'data'), { code: 125, stderr: 'Error: volume data already exists\n' });
  t.equal(sandbox.ok('volume', 'create', '--ignore', 'data'), 'data\n');
  t.match(sandbox.ok('volume', 'create'), /^[0-9a-f]{64}\n$/);
  t.match(volume('create', '../x'), { code: 125, stderr: /invalid volume name "\.\.\/x"/ });
  t.match(volume('create', '--driver', 'nfs', 'x'), { code: 125, stderr: /nfs is not supported/ });
  const [heading, ...lines] = sandbox.ok('volume', 'ls').trim().split('\n');
  t.match(heading, /^DRIVER +VOLUME NAME$/);
  t.equal(lines.length, 2);
  t.ok(lines.some((line) => /^local +data$/.test(line)));
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'label=job=7'), 'data\n');
  t.equal(sandbox.ok('volume', 'ls', '--filter', 'name=nothing'), '');
  t.match(volume('ls', '--filter', 'x=y'), { code: 125, stderr: /unknown --filter "x"/ });
  const [found] = JSON.parse(sandbox.ok('volume', 'inspect', 'data'));
  t.match(found, { Name: 'data', Driver: 'local', Labels: { job: '7' }, MountCount: 0 });
  t.ok(existsSync(found.Mountpoint));
  t.equal(volume('exists', 'data').code, 0);
  t.equal(volume('exists', 'none').code, 1);
});

t.test('a volume keeps what containers write', async (t) => {
  sandbox.ok(...quick, '-v', 'data:/d', 'hello', 'sh', '-c', 'echo kept > /d/file');
  const path = sandbox.ok('volume', 'inspect', '--format', '{{.Mountpoint}}', 'data').trim();
  t.equal(readFileSync(join(path, 'file'), 'utf8'), 'kept\n');
});

t.test('a volume in use stays', async (t) => {
  sandbox.ok('create', '--name', 'user', '-v', 'data:/d', 'hello', 'true');
  t.match(volume('rm', 'data'), { code: 2, stderr: /volume data is used by [0-9a-f]{12} / });
  t.match(sandbox.ok('volume', 'prune', '--force'), /^[0-9a-f]{64}\n$/, 'only the other one goes');
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'dangling=false'), 'data\n');
  sandbox.ok('rm', 'user');
});

t.test('rm and prune remove the files, too', async (t) => {
  const path = sandbox.ok('volume', 'inspect', '--format', '{{.Mountpoint}}', 'data').trim();
  t.equal(sandbox.ok('volume', 'rm', 'data'), 'data\n');
  t.notOk(existsSync(path));
  t.match(volume('rm', 'data'), { code: 1, stderr: 'Error: no such volume: data\n' });
  sandbox.ok('volume', 'create', 'asked');
  t.match(sandbox.run(['volume', 'prune'], { input: 'n\n' }).code, 0);
  t.equal(volume('exists', 'asked').code, 0, 'no means no');
  t.match(sandbox.run(['volume', 'prune'], { input: 'y\n' }).stdout, /asked\n$/);
  t.match(volume('rm'), { code: 125, stderr: /volumes or --all/ });
  sandbox.ok('create', '--name', 'forced', '-v', 'mine:/d', 'hello', 'true');
  t.equal(sandbox.ok('volume', 'rm', '--force', 'mine'), 'mine\n');
  t.equal(sandbox.ok('ps', '-aq'), '', 'its container went with it');
});

t.test('the noun explains itself', async (t) => {
  t.match(
    sandbox.ok('volume', '--help'),
    /Usage:\n {2}bryo volume COMMAND[\s\S]*create +Create a volume/,
  );
  t.match(volume(), { code: 125, stderr: /see 'bryo volume --help'/ });
});

t.test('system df counts what is shared once', async (t) => {
  const script = 'head -c 3000000 /dev/urandom > /big; head -c 2000000 /dev/urandom > /d/data';
  const flags = ['--name', 'c', '--network', 'none', '-v', 'vol:/d'];
  sandbox.ok('run', ...flags, 'hello', 'sh', '-c', script);
  sandbox.ok('commit', 'c', 'grown');
  const usage = (field: string) =>
    sandbox.ok('system', 'df', '--format', `{{.${field}}}`).trim().split('\n').map(Number);
  t.same(usage('Total'), [2, 1, 1]);
  t.same(usage('Active'), [1, 0, 1]);
  const [images = 0, containers = 0, volumes = 0] = usage('RawSize');
  const [hello, grown] = ['hello', 'grown'].map((name) =>
    Number(sandbox.ok('images', '--format', '{{.VirtualSize}}', name)),
  );
  t.equal(images, grown, 'the layer of hello is in both');
  t.ok((grown ?? 0) >= (hello ?? 0) + 3_000_000);
  t.ok(containers >= 3_000_000 && containers < 4_000_000, 'what it wrote itself');
  t.ok(volumes >= 2_000_000 && volumes < 3_000_000);
  const [unusedImages = 0, stopped = 0, unusedVolumes = 0] = usage('RawReclaimable');
  t.equal(unusedImages, (grown ?? 0) - (hello ?? 0), 'only what no container needs');
  t.same([stopped, unusedVolumes], [containers, 0]);
  const details = sandbox.ok('system', 'df', '-v');
  t.match(details, /SHARED SIZE[\s\S]*CONTAINER ID[\s\S]*VOLUME NAME/);
  sandbox.ok('rm', 'c');
  sandbox.ok('volume', 'rm', 'vol');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
