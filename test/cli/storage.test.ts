import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];

t.test('bind mounts', async (t) => {
  const directory = sandbox.makeDirectory('data');
  const user = testUser();
  writeFileSync(join(directory, 'f'), 'host\n');
  chownSync(join(directory, 'f'), user.uid, user.gid);
  t.equal(
    sandbox.ok(...quick, '-v', `${directory}:/d`, 'hello', 'sh', '-c', 'cat /d/f; echo new > /d/g'),
    'host\n',
  );
  t.equal(readFileSync(join(directory, 'g'), 'utf8'), 'new\n');
  t.equal(statSync(join(directory, 'g')).uid, user.uid, 'container root is the caller');
  t.not(sandbox.run([...quick, '-v', `${directory}:/d:ro`, 'hello', 'touch', '/d/x']).code, 0);
  t.not(
    sandbox.run([
      ...quick,
      '--mount',
      `type=bind,src=${directory},dst=/d,readonly`,
      'hello',
      'touch',
      '/d/x',
    ]).code,
    0,
  );
  t.equal(
    sandbox.ok(...quick, '-v', `${directory}/f:/some/new/file`, 'hello', 'cat', '/some/new/file'),
    'host\n',
  );
  const missing = sandbox.run([...quick, '-v', '/no/such/place:/d', 'hello', 'true']);
  t.equal(missing.code, 125);
  t.match(missing.stderr, /statfs \/no\/such\/place: no such file or directory/);
});

t.test('volumes', async (t) => {
  sandbox.ok(...quick, '-v', 'vol:/v', 'hello', 'sh', '-c', 'echo kept > /v/f');
  t.equal(sandbox.ok(...quick, '-v', 'vol:/v:ro', 'hello', 'cat', '/v/f'), 'kept\n');
  t.match(
    sandbox.ok(...quick, '-v', 'etc:/etc', 'hello', 'cat', '/etc/passwd'),
    /root:x:0:0/,
    'a new volume gets what the image has there',
  );
  t.equal(sandbox.run([...quick, '-v', 'bad/name:/v', 'hello', 'true']).code, 125);
});

t.test('tmpfs', async (t) => {
  const text = sandbox.ok(
    ...quick,
    '--tmpfs',
    '/t:size=1m,mode=700',
    'hello',
    'sh',
    '-c',
    'grep " /t " /proc/mounts; stat -c %a /t',
  );
  t.match(text, /tmpfs rw,.*size=1024k/);
  t.match(text, /700\n$/);
  t.match(sandbox.ok(...quick, '--shm-size', '1m', 'hello', 'df', '/dev/shm'), /1024/);
});

t.test('the writable layer lasts as long as the container', async (t) => {
  sandbox.ok(
    'create',
    '--name',
    'c',
    '--network',
    'none',
    'hello',
    'sh',
    '-c',
    'echo x >> /f; wc -l < /f',
  );
  t.equal(sandbox.ok('start', '-a', 'c'), '1\n');
  t.equal(sandbox.ok('start', '-a', 'c'), '2\n');
  sandbox.ok('rm', 'c');
});

for (const driver of ['overlay', 'fuse-overlayfs', 'vfs']) {
  t.test(`storage driver ${driver}`, async (t) => {
    requirePrograms('fuse-overlayfs');
    requireDevices('/dev/fuse');
    const own = new Sandbox();
    const flags = ['--storage-driver', driver];
    const script = 'rm /etc/passwd; ls /etc; echo new > /bin/new; cat /bin/new';
    t.equal(
      own.ok(...flags, ...quick, 'hello', 'sh', '-c', script),
      'group\nhostname\nhosts\nmtab\nresolv.conf\nnew\n',
    );
    t.match(
      own.ok(...flags, ...quick, 'hello', 'cat', '/etc/passwd'),
      /^root/,
      'the image is untouched',
    );
    t.match(own.ok(...flags, 'info', '--format', '{{.store.graphDriverName}}'), driver);
    t.same(own.close(), []);
  });
}

t.test('user namespaces', async (t) => {
  const user = testUser();
  const map = (...flags: string[]) =>
    sandbox
      .ok(...quick, ...flags, 'hello', 'cat', '/proc/self/uid_map')
      .trim()
      .split(/\s+/)
      .map(Number);
  t.same(map().slice(0, 3), [0, user.uid, 1]);
  t.same(map('--userns', 'nomap').slice(0, 2), [0, 1]);
  t.same(map('--uidmap', '0:1:1000', '--gidmap', '0:1:1000'), [0, 1, 1000]);
  t.same(map('--userns', 'auto:size=500'), [0, 1, 500]);
  t.equal(
    sandbox.ok(...quick, '--userns', 'keep-id', 'hello', 'sh', '-c', 'id -u; id -un'),
    `${user.uid}\n${user.name}\n`,
  );
  const directory = sandbox.makeDirectory('own');
  sandbox.ok(...quick, '--userns', 'keep-id', '-v', `${directory}:/d`, 'hello', 'touch', '/d/f');
  t.equal(statSync(join(directory, 'f')).uid, user.uid);
  t.equal(
    sandbox.ok(...quick, '--userns', 'keep-id', 'hello', 'stat', '-c', '%u', '/bin/busybox'),
    '0\n',
    "the image's files keep their owners",
  );
  const bad = sandbox.run([...quick, '--uidmap', '0:0:10', '--uidmap', '5:20:10', 'hello', 'true']);
  t.match(bad.stderr, /overlaps/);
});

t.test('skopeo reads the store', async (t) => {
  requirePrograms('skopeo');
  const layout = `oci:${sandbox.root}:localhost/hello:latest`;
  const text = execFileSync('skopeo', ['inspect', layout], { encoding: 'utf8' });
  t.match(JSON.parse(text), { Os: 'linux' });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
