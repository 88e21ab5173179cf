import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const none = ['--network', 'none'];
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
  t.match(volume('ls', '--filter', 'x=y'), {
    code: 125,
    stderr: /"x" is an invalid volume filter/,
  });
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
  t.match(volume('rm', 'data'), {
    code: 2,
    stderr:
      /volume data is being used by the following container\(s\): [0-9a-f]{64}: volume is being used/,
  });
  t.match(sandbox.ok('volume', 'prune', '--force'), /^[0-9a-f]{64}\n$/, 'only the other one goes');
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'dangling=false'), 'data\n');
  sandbox.ok('rm', 'user');
});

t.test('rm and prune remove the files, too', async (t) => {
  const path = sandbox.ok('volume', 'inspect', '--format', '{{.Mountpoint}}', 'data').trim();
  t.equal(sandbox.ok('volume', 'rm', 'data'), 'data\n');
  t.notOk(existsSync(path));
  t.match(volume('rm', 'data'), {
    code: 1,
    stderr: 'Error: no volume with name "data" found: no such volume\n',
  });
  t.same(volume('rm', '-f', 'data'), { code: 0, stdout: '', stderr: '' }, 'it is gone');
  sandbox.ok('volume', 'create', 'asked');
  t.match(sandbox.run(['volume', 'prune'], { input: 'n\n' }).code, 0);
  t.equal(volume('exists', 'asked').code, 0, 'no means no');
  t.match(sandbox.run(['volume', 'prune'], { input: 'y\n' }).stdout, /asked\n$/);
  t.match(volume('rm'), { code: 125, stderr: /volumes or --all/ });
  sandbox.ok('create', '--name', 'forced', '-v', 'mine:/d', 'hello', 'true');
  t.match(volume('rm', '--time', '1', 'mine'), { code: 125, stderr: /--time needs --force/ });
  t.equal(sandbox.ok('volume', 'rm', '--force', '-t', '0', 'mine'), 'mine\n');
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
  t.equal(images, grown, 'the layer of hello is in both, and counts once');
  t.ok((grown ?? 0) >= (hello ?? 0) + 3_000_000);
  t.ok(containers >= 3_000_000 && containers < 4_000_000, 'what it wrote itself');
  t.ok(volumes >= 2_000_000 && volumes < 3_000_000);
  const [unusedImages = 0, stopped = 0, unusedVolumes = 0] = usage('RawReclaimable');
  t.equal(unusedImages, grown, 'the container has no layer for itself alone, as with podman');
  t.same([stopped, unusedVolumes], [containers, 0]);
  const details = sandbox.ok('system', 'df', '-v');
  t.match(details, /SHARED SIZE[\s\S]*CONTAINER ID[\s\S]*VOLUME NAME/);
  sandbox.ok('rm', 'c');
  sandbox.ok('volume', 'rm', 'vol');
});

t.test('volumes in whose place something else is mounted', async (t) => {
  sandbox.ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'o=size=1m,mode=750', 'memory');
  const look = 'grep " /t " /proc/mounts; stat -c %a /t; touch /t/x';
  const shown = sandbox.ok('run', '--rm', ...none, '-v', 'memory:/t', 'hello', 'sh', '-c', look);
  t.match(shown, /^tmpfs \/t tmpfs rw,.*size=1024k.*\n750\n$/);
  const device = sandbox.makeDirectory('device');
  sandbox.ok('volume', 'create', '-o', 'o=bind,ro', '-o', `device=${device}`, 'bound');
  const bound = sandbox.run(['run', '--rm', ...none, '-v', 'bound:/t', 'hello', 'touch', '/t/x']);
  t.match(bound.stderr, /Read-only/);
  const [described] = JSON.parse(sandbox.ok('volume', 'inspect', 'bound'));
  t.match(described.Options, { o: 'bind,ro', device });
  for (const option of ['type=nfs', 'foo=x', 'o=bind']) {
    t.match(sandbox.run(['volume', 'create', '-o', option]), { code: 125, stderr: /--opt/ });
  }
});

t.test('export and import keep owners and links', async (t) => {
  const fill = 'echo hi > /d/f; chown 5:6 /d/f; ln -s f /d/.wh.l';
  sandbox.ok('run', '--name', 'a', ...none, '-v', 'data:/d', 'hello', 'sh', '-c', fill);
  const archive = join(sandbox.makeDirectory('volume-archive'), 'data.tar');
  sandbox.ok('volume', 'export', '-o', archive, 'data');
  sandbox.ok('volume', 'create', 'copy');
  sandbox.ok('volume', 'import', 'copy', archive);
  const look = 'stat -c %u:%g /d/f; readlink /d/.wh.l';
  t.equal(
    sandbox.ok('run', '--rm', ...none, '-v', 'copy:/d', 'hello', 'sh', '-c', look),
    '5:6\nf\n',
  );
  t.match(sandbox.run(['volume', 'import', 'copy', '/etc/passwd']), { code: 125 });
  t.match(sandbox.run(['volume', 'import', 'none', archive]), {
    stderr: /no volume with name "none" found/,
  });
});

t.test('an anonymous volume stays while another container has it', async (t) => {
  sandbox.ok('run', '--name', 'owner', ...none, '-v', '/v', 'hello', 'sh', '-c', 'echo x > /v/f');
  const user = ['--name', 'user', ...none, '--volumes-from', 'owner'];
  sandbox.ok('create', ...user, 'hello', 'cat', '/v/f');
  const volumes = () => sandbox.ok('volume', 'ls', '-qf', 'dangling=false').split('\n').length;
  const before = volumes();
  sandbox.ok('rm', '-v', 'owner');
  t.equal(volumes(), before);
  t.equal(sandbox.ok('start', '-a', 'user'), 'x\n');
  sandbox.ok('rm', 'user');

  const brief = ['-d', '--rm', '--name', 'brief', ...none, '-v', '/v'];
  sandbox.ok('run', ...brief, 'hello', 'sh', '-c', 'echo y > /v/f; sleep 1000');
  sandbox.ok(
    'create',
    '--name',
    'later',
    ...none,
    '--volumes-from',
    'brief',
    'hello',
    'cat',
    '/v/f',
  );
  sandbox.ok('kill', 'brief');
  await eventually('it has gone', () => sandbox.run(['container', 'exists', 'brief']).code === 1);
  t.equal(sandbox.ok('start', '-a', 'later'), 'y\n', 'nor does it go with --rm');
  sandbox.ok('rm', 'later');
  t.match(sandbox.ok('volume', 'prune', '-f'), /^[0-9a-f]{64}$/m);
});

t.test("another container's mounts, and what becomes of an image's volumes", async (t) => {
  const run = ['run', '--rm', ...none];
  t.equal(sandbox.ok(...run, '--volumes-from', 'a', 'hello', 'cat', '/d/f'), 'hi\n');
  const refused = sandbox.run([...run, '--volumes-from', 'a:ro', 'hello', 'touch', '/d/x']);
  t.match(refused.stderr, /Read-only/);
  t.match(sandbox.run([...run, '--volumes-from', 'nobody', 'hello', 'true']), {
    code: 125,
    stderr: /--volumes-from nobody: no container/,
  });
  sandbox.ok('commit', '-q', '-c', 'VOLUME /own', 'a', 'declares');
  const kinds = (kind: string) =>
    sandbox.run([...run, '--image-volume', kind, 'declares', 'grep', ' /own ', '/proc/mounts']);
  t.match(kinds('tmpfs').stdout, /^tmpfs /);
  t.notMatch(kinds('bind').stdout, /^tmpfs /);
  t.equal(kinds('ignore').stdout, '');
  t.equal(kinds('other').code, 125);
  sandbox.ok('rm', 'a');
});

t.test('what a volume is and what is asked of it add up', async (t) => {
  sandbox.ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'o=size=1m', 'quick');
  const own = join(sandbox.root, '..');
  sandbox.ok('volume', 'create', '-o', 'o=bind,noexec', '-o', `device=${own}`, 'bound');
  const options = (...flags: string[]) => {
    const words = ['hello', 'grep', ' /v ', '/proc/mounts'];
    const [, , type = '', said = ''] = sandbox.ok(...quick, ...flags, ...words).split(' ');
    return [type, ...said.split(',')];
  };
  t.match(options('-v', 'quick:/v'), /^tmpfs,rw,nosuid,nodev,relatime,size=1024k/);
  t.match(options('-v', 'quick:/v:noexec,ro'), /^tmpfs,ro,nosuid,nodev,noexec,/);
  t.match(options('-v', 'bound:/v'), /,rw,nosuid,nodev,noexec/);
  t.match(options('-v', 'bound:/v:ro'), /,ro,nosuid,nodev,noexec/);
  const home = testUser().home;
  sandbox.ok('volume', 'create', '-o', 'o=bind', '-o', `device=${home}`, 'home');
  const given = sandbox.run([...quick, '-v', 'home:/v:U', 'hello', 'true']);
  t.match(given, { code: 125, stderr: /owners of all files in .* shall not change/ });
  for (const name of ['quick', 'bound', 'home']) sandbox.ok('volume', 'rm', name);
});

t.test('mounts of containers that an earlier version made', async (t) => {
  const flags = ['-v', 'kept:/v:ro,noexec', '--tmpfs', '/t:size=1m,ro', '-v', '/usr:/u:suid'];
  const script = "grep -E ' /[vtu] ' /proc/mounts | sort -k 2 | cut -d ' ' -f 2,4";
  sandbox.ok('create', '--name', 'early', ...none, ...flags, 'hello', 'sh', '-c', script);
  // The first start makes /t, of which later ones take the mode, as with podman.
  sandbox.ok('start', '-a', 'early');
  const seen = sandbox.ok('start', '-a', 'early');
  t.match(seen, /^\/t ro,.*size=1024k.*\n\/u (?!.*nosuid).*\n\/v ro,.*noexec/);
  const inspect = () =>
    sandbox.ok('inspect', '-f', '{{json .Mounts}}{{.HostConfig.Tmpfs}}', 'early');
  const views = inspect();
  const id = sandbox.ok('inspect', '-f', '{{.Id}}', 'early').trim();
  const path = join(sandbox.root, 'containers', id, 'record.json');
  const { sum: _, ...record } = JSON.parse(readFileSync(path, 'utf8'));
  const words: Record<string, string[]> = {
    '/v': ['noexec'],
    '/t': ['size=1m', 'ro'],
    '/u': ['suid'],
  };
  record.options.mounts = record.options.mounts.map(
    ({ how: _, readOnly, ...mount }: Record<string, unknown>) => ({
      ...mount,
      ...(mount['kind'] !== 'tmpfs' && { readOnly }),
      options: words[String(mount['target'])],
    }),
  );
  writeFileSync(path, JSON.stringify(record));
  t.equal(sandbox.ok('start', '-a', 'early'), seen);
  t.equal(inspect(), views);
  sandbox.ok('rm', 'early');
  sandbox.ok('volume', 'rm', 'kept');
});

t.test('a volume of the driver image has its files, and is written to', async (t) => {
  const ofImage = ['--driver', 'image', '--opt', 'image=hello'];
  t.equal(sandbox.ok('volume', 'create', ...ofImage, 'seeded'), 'seeded\n');
  const [found] = JSON.parse(sandbox.ok('volume', 'inspect', 'seeded'));
  t.match(found, { Driver: 'image', Options: { image: 'hello' }, NeedsCopyUp: false });
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'driver=image'), 'seeded\n');
  t.notMatch(sandbox.ok('volume', 'ls', '-q', '--filter', 'driver=local'), /seeded/);
  const look = 'cmp /bin/sh /v/bin/sh && echo more >> /v/more && cat /v/more';
  const run = [...quick, '-v', 'seeded:/v', 'hello', 'sh', '-c', look];
  t.equal(sandbox.ok(...run), 'more\n');
  t.equal(sandbox.ok(...run), 'more\nmore\n', 'it keeps what is written');
  t.match(
    sandbox.run([...quick, 'hello', 'ls', '/more']),
    { code: 1 },
    'its image has not changed',
  );
  sandbox.ok('create', '--name', 'user', ...none, '-v', 'seeded:/v', 'hello', 'true');
  const driver = sandbox.ok('inspect', '-f', '{{(index .Mounts 0).Driver}}', 'user');
  t.equal(driver, 'image\n');
  sandbox.ok('rm', 'user');
  t.match(volume('create', ...ofImage, 'seeded'), { code: 125, stderr: /already exists/ });
  t.equal(sandbox.ok('volume', 'create', '--ignore', ...ofImage, 'seeded'), 'seeded\n');
  t.match(volume('create', '--driver', 'image', 'x'), { stderr: /must provide an image name/ });
  t.match(volume('create', ...ofImage, '--opt', 'o=uid=1', 'x'), {
    stderr: /invalid mount option o /,
  });
  const gone = volume('create', '--driver', 'image', '--opt', 'image=none', 'x');
  t.match(gone, { code: 125, stderr: /none/ });
  t.equal(volume('exists', 'x').code, 1);
  sandbox.ok('volume', 'rm', 'seeded');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
