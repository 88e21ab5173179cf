import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

const quick = ['run', '--rm', '--network', 'none'];

t.test('the embedded image greets', async (t) => {
  const text = sandbox.ok('run', '--rm', 'hello');
  t.match(text, /Hello from bryo!/);
  t.match(text, /you are root \(id 0\)/);
  t.match(text, /slirp4netns, through the device tap0/);
  t.match(text, /system call filter on/);
});

t.test('exit status', async (t) => {
  t.equal(sandbox.run([...quick, 'hello', 'true']).code, 0);
  t.equal(sandbox.run([...quick, 'hello', 'sh', '-c', 'exit 42']).code, 42);
  t.equal(sandbox.run([...quick, '--init', 'hello', 'sh', '-c', 'kill -9 $$']).code, 137);
  const missing = sandbox.run([...quick, 'hello', 'no-such-program']);
  t.equal(missing.code, 127);
  t.match(
    missing.stderr,
    /^Error: executable file "no-such-program" not found in the container: no such file or directory\n$/,
  );
  const directory = sandbox.run([...quick, 'hello', '/etc']);
  t.equal(directory.code, 126);
  t.match(directory.stderr, /^Error: cannot execute "\/etc": is a directory\n$/);
});

t.test('streams are kept apart and complete', async (t) => {
  const both = sandbox.run([...quick, 'hello', 'sh', '-c', 'echo out; echo err >&2']);
  t.same([both.stdout, both.stderr], ['out\n', 'err\n']);
  const bytes = 3_000_000;
  const flood = sandbox.run([
    ...quick,
    'hello',
    'sh',
    '-c',
    `head -c ${bytes} /dev/zero | tr '\\0' x`,
  ]);
  t.equal(flood.stdout.length, bytes);
  const input = 'line\n'.repeat(100_000);
  t.equal(sandbox.run([...quick, '-i', 'hello', 'cat'], { input }).stdout, input);
  t.equal(sandbox.run([...quick, 'hello', 'cat'], { input }).stdout, '', 'no stdin without -i');
});

t.test('process options', async (t) => {
  const script = 'echo $A-$B; pwd; id -u; id -g; umask; cat /proc/1/comm';
  const text = sandbox.ok(
    ...quick,
    '-e',
    'A=1',
    '--env=B=two words',
    '-w',
    '/etc',
    '-u',
    '1000:1001',
    '--umask',
    '027',
    'hello',
    'sh',
    '-c',
    script,
  );
  t.same(text.split('\n').slice(0, 5), ['1-two words', '/etc', '1000', '1001', '0027']);
  t.equal(sandbox.ok(...quick, '--entrypoint', '["echo","a"]', 'hello', 'b'), 'a b\n');
  t.match(sandbox.ok(...quick, '--init', 'hello', 'sh', '-c', 'echo $$'), /^2\n$/);
  // CVE-2022-2989: a program that is setgid must not leave the primary group.
  const groups = (...flags: string[]): string =>
    sandbox.ok(...quick, ...flags, 'hello', 'id', '-G');
  t.equal(groups('-u', '7:8', '--group-add', '9'), '8 9\n');
  t.match(
    sandbox.ok(...quick, '-u', '7:8', 'hello', 'grep', 'Groups', '/proc/self/status'),
    /^Groups:\t8 *\n$/,
  );
  t.equal(sandbox.ok(...quick, '-w', '', 'hello', 'pwd'), '/\n', 'the image says where');
  t.equal(sandbox.ok(...quick, '--tmpfs', '/t', '-w', '/t/made', 'hello', 'pwd'), '/t/made\n');
  const lost = sandbox.run([...quick, '-w', '/nosuch', 'hello', 'pwd']);
  t.match(lost, {
    code: 126,
    stdout: '',
    stderr: /workdir "\/nosuch" does not exist on container/,
  });
  const unknown = sandbox.run([...quick, '-u', 'nobody-here', 'hello', 'id']);
  t.equal(unknown.code, 126);
  t.match(unknown.stderr, /unable to find user nobody-here/);
  const file = join(sandbox.makeDirectory('env'), 'file');
  writeFileSync(file, '# a comment\nX=from file\n\nY=2\n');
  t.equal(
    sandbox.ok(...quick, '--env-file', file, 'hello', 'sh', '-c', 'echo $X $Y'),
    'from file 2\n',
  );
  t.match(
    sandbox.ok(
      ...quick,
      '--ulimit',
      'nofile=100:200',
      'hello',
      'sh',
      '-c',
      'ulimit -n; ulimit -Hn',
    ),
    /^100\n200\n$/,
  );
});

t.test('podman spellings of flags', async (t) => {
  t.equal(
    sandbox.ok(
      'run',
      '--rm=true',
      '--net=none',
      '-eA=1',
      '-i=false',
      'hello',
      'sh',
      '-c',
      'echo $A',
    ),
    '1\n',
  );
  t.equal(
    sandbox.ok(...quick, 'hello', 'echo', '-it', '--rm'),
    '-it --rm\n',
    'flags after the image belong to the command',
  );
});

t.test('credentials and confinement', async (t) => {
  const status = sandbox.ok(
    ...quick,
    'hello',
    'grep',
    '-E',
    '^(Cap|Seccomp:|NoNewPrivs)',
    '/proc/self/status',
  );
  t.match(status, /CapInh:\t0000000000000000/);
  t.match(status, /CapAmb:\t0000000000000000/);
  t.match(status, /CapBnd:\t00000000800405fb/);
  t.match(status, /Seccomp:\t2/);
  const user = sandbox.ok(...quick, '-u', '1000', 'hello', 'grep', 'CapPrm', '/proc/self/status');
  t.match(user, /0000000000000000/);
  const none = sandbox.ok(
    ...quick,
    '--cap-drop',
    'ALL',
    'hello',
    'grep',
    'CapBnd',
    '/proc/self/status',
  );
  t.match(none, /0000000000000000/);
  const hardened = sandbox.ok(
    ...quick,
    '--security-opt',
    'no-new-privileges',
    'hello',
    'grep',
    'NoNewPrivs',
    '/proc/self/status',
  );
  t.match(hardened, /1/);
  t.not(
    sandbox.run([...quick, 'hello', 'unshare', '-U', 'true']).code,
    0,
    'no nested user namespaces',
  );
  t.not(sandbox.run([...quick, 'hello', 'sh', '-c', 'echo x > /proc/sys/kernel/hostname']).code, 0);
  t.equal(sandbox.ok(...quick, 'hello', 'cat', '/proc/keys'), '', 'masked');
  t.equal(
    sandbox.ok(...quick, 'hello', 'sh', '-c', 'ls /proc/self/fd | wc -l'),
    '4\n',
    '0, 1, 2 and the listing',
  );
});

t.test('files of the container', async (t) => {
  const text = sandbox.ok(
    'run',
    '--rm',
    '--hostname',
    'moss',
    '--add-host',
    'bar:1.2.3.4',
    '--dns',
    '9.9.9.9',
    '--dns-search',
    'example.org',
    'hello',
    'sh',
    '-c',
    'hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf',
  );
  t.match(text, /^moss\nmoss\n1\.2\.3\.4\tbar\n/);
  t.match(text, /10\.0\.2\.100\tmoss /);
  t.match(text, /search example\.org\nnameserver 9\.9\.9\.9\n$/);
});

t.test('--read-only', async (t) => {
  const { code, stderr } = sandbox.run([...quick, '--read-only', 'hello', 'touch', '/x']);
  t.not(code, 0);
  t.match(stderr, /Read-only/);
  t.equal(
    sandbox.ok(...quick, '--read-only', 'hello', 'sh', '-c', 'touch /tmp/x && echo ok'),
    'ok\n',
  );
  sandbox.ok('create', '--name', 'ro', '--read-only', '--tmpfs', '/run:size=1m', 'hello');
  t.same(JSON.parse(sandbox.ok('inspect', '--format', '{{json .HostConfig.Tmpfs}}', 'ro')), {
    '/run': 'size=1m,rw,rprivate,nosuid,nodev,tmpcopyup',
    '/tmp': 'rw,rprivate,nosuid,nodev,tmpcopyup',
    '/var/tmp': 'rw,rprivate,nosuid,nodev,tmpcopyup',
  });
  sandbox.ok('rm', 'ro');
});

t.test('/etc/mtab tells of the mounts, as programs of old expect', async (t) => {
  const named = sandbox.ok(
    ...quick,
    'hello',
    'awk',
    '$2 ~ "^/(proc|sys)?$" { print $1 }',
    '/etc/mtab',
  );
  t.match(named.split('\n').sort(), ['', /^(overlay|fuse-overlayfs)$/, 'proc', 'sysfs']);
  const own = ['-v', `${sandbox.makeDirectory('etc')}:/etc`, 'hello', 'ls', '/etc'];
  t.notMatch(sandbox.ok(...quick, ...own), 'mtab', 'not in a directory of the caller');
});

t.test('--timeout, --cidfile, --explain, --rootfs', async (t) => {
  t.equal(sandbox.run([...quick, '--timeout', '1', 'hello', 'sleep', '60']).code, 255);
  const file = join(sandbox.makeDirectory('cid'), 'id');
  sandbox.ok(...quick, '--cidfile', file, 'hello', 'true');
  t.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}$/);
  const first = readFileSync(file, 'utf8');
  sandbox.ok(...quick, '--cidfile', file, 'hello', 'true');
  t.notMatch(readFileSync(file, 'utf8'), first, 'the file is written anew');
  const plan = sandbox.ok('run', '--explain', '--network', 'none', 'hello', 'echo', 'hi');
  t.match(plan, /command {3}\["echo","hi"\]/);
  t.match(plan, /rootOverlay/);
  t.match(plan, /\bexec argv=\["echo","hi"\]/);
  t.equal(sandbox.ok('ps', '-aq'), '', 'explaining makes nothing');
});

t.test('a terminal', async (t) => {
  const flags = sandbox.argv([
    ...quick,
    '-it',
    'hello',
    'sh',
    '-c',
    'tty; stty size; ls -l /dev/console',
  ]);
  const words = flags.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { spawnSync } = await import('node:child_process');
  const result = spawnSync('script', ['-qec', `stty rows 33 cols 77; ${words}`, '/dev/null'], {
    encoding: 'utf8',
    input: '',
  });
  t.match(result.stdout, /\/dev\/(pts\/0|console)/);
  t.match(result.stdout, /33 77/);
  t.equal(result.status, 0);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
