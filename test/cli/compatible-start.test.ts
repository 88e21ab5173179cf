// What podman gives a container at its start, and what its commands tell of the end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];

/** Runs bryo with files of these contents open under the numbers. */
function withDescriptors(files: Readonly<Record<number, string>>, args: readonly string[]) {
  const directory = sandbox.makeDirectory(`fds-${Object.keys(files).join('-')}-${args.length}`);
  const opened = Object.entries(files).map(([number, content]) => {
    const path = join(directory, number);
    writeFileSync(path, content, { mode: 0o644 });
    return `${number}<${path}`;
  });
  const words = ['-c', `exec "$0" "$@" ${opened.join(' ')}`, ...sandbox.argv(args)];
  const { status, stdout, stderr } = spawnSync('bash', words, { encoding: 'utf8', cwd: '/' });
  return { code: status, stdout, stderr };
}

t.test('descriptors keep the numbers that the caller gave them', async (t) => {
  const files = { 4: 'four\n', 9: 'nine\n', 40: 'forty\n' };
  const shell = ['hello', 'sh', '-c', 'cd /proc/$$/fd && echo *; cat <&4; cat <&9; cat <&40'];
  // 3 is the directory that is being read.
  const expected = { code: 0, stdout: '0 1 2 3 4 40 9\nfour\nnine\nforty\n', stderr: '' };
  t.same(
    withDescriptors(files, [...quick, '--preserve-fd', '40,4', '--preserve-fd=9', ...shell]),
    expected,
  );
  const behindInit = [...quick, '--init', '--preserve-fd=9,40,4', ...shell];
  t.same(withDescriptors(files, behindInit), expected);
  sandbox.ok('run', '-d', '--name', 'fds', '--network', 'none', 'hello', 'sleep', '300');
  const session = ['exec', '--preserve-fd', '9', 'fds', 'cat', '/proc/self/fd/9'];
  t.match(withDescriptors({ 9: 'nine\n' }, session), { code: 0, stdout: 'nine\n' });
  sandbox.ok('rm', '-f', '-t', '0', 'fds');
  for (const [flags, stderr] of [
    [['--preserve-fd', '99'], /file descriptor 99 is not open/],
    [['--preserve-fd', '2'], /--preserve-fd/],
    [['--preserve-fd', '9', '--preserve-fds', '1'], /cannot specify both/],
  ] as const) {
    t.match(sandbox.run([...quick, ...flags, 'hello', 'true']), { code: 125, stderr });
  }
});

t.test('a directory of the user’s at /run stays as it is', async (t) => {
  const directory = sandbox.makeDirectory('run');
  sandbox.ok(...quick, '-v', `${directory}:/run`, 'hello', 'true');
  t.same(readdirSync(directory), []);
  t.equal(sandbox.ok(...quick, '--tmpfs', '/run', 'hello', 'ls', '/run/.containerenv').length, 19);
});

t.test('without a writable tmpfs nothing can be written', async (t) => {
  const flags = ['--read-only', '--read-only-tmpfs=false'];
  const places = ['/dev/a', '/dev/shm/b', '/tmp/c', '/run/d'];
  const { code, stderr } = sandbox.run([...quick, ...flags, 'hello', 'touch', ...places]);
  t.equal(code, 1);
  t.equal(stderr.match(/Read-only file system/g)?.length, places.length, stderr);
  sandbox.ok(...quick, ...flags, 'hello', 'sh', '-c', 'echo >/dev/null');
});

t.test('a volume at the caller’s own home is the home', async (t) => {
  const home = sandbox.ok(
    ...quick,
    '--userns',
    'keep-id',
    '-w',
    '/tmp',
    'hello',
    'sh',
    '-c',
    'cd; pwd',
  );
  t.equal(home, '/tmp\n');
  const own = testUser().home;
  const flags = ['--userns', 'keep-id', '-w', '/tmp', '-v', own];
  t.equal(sandbox.ok(...quick, ...flags, 'hello', 'sh', '-c', 'pwd; cd; pwd'), `/tmp\n${own}\n`);
});

t.test('mounts of files that fit a pattern, and of kernel filesystems', async (t) => {
  const directory = sandbox.makeDirectory('globs');
  for (const name of ['.v0', 'v1', 'v2', 'w']) writeFileSync(join(directory, name), name);
  mkdirSync(join(directory, 'v3'));
  const glob = (...words: string[]) => ['--mount', ['type=glob', ...words].join(',')];
  const at = [...glob(`src=${directory}/v[0-9]`, 'dst=/d', 'ro'), 'hello', 'ls', '/d'];
  t.equal(sandbox.ok(...quick, ...at), 'v1\nv2\nv3\n');
  const own = [...glob(`src=${directory}/?v0`), 'hello', 'cat', `${directory}/.v0`];
  t.equal(sandbox.ok(...quick, ...own), '.v0');
  t.match(sandbox.run([...quick, ...glob(`src=${directory}/x*`), 'hello', 'true']), {
    code: 125,
    stderr: /no file paths matching glob/,
  });
  const kernel = ['--mount', 'type=ramfs,dst=/r,tmpfs-mode=0700', '--mount', 'type=devpts,dst=/p'];
  const shown = sandbox.ok(...quick, ...kernel, 'hello', 'grep', ' /[rp] ', '/proc/mounts');
  t.match(shown, /^ramfs \/r ramfs /m);
  t.match(shown, /^devpts \/p devpts /m);
});

t.test('the end of a container that is started again is an end for whoever waits', async (t) => {
  const flags = ['--restart', 'always', '--network', 'none', '--name', 'again'];
  sandbox.ok('run', '-d', ...flags, 'hello', 'sh', '-c', 'exit 3');
  t.equal(sandbox.ok('wait', 'again'), '3\n');
  t.equal(sandbox.ok('wait', 'again'), '3\n');
  sandbox.ok('rm', '-f', '-t', '0', 'again');
});

t.test('what --timeout has ended has no exit code of its own', async (t) => {
  const flags = ['--network', 'none', '--timeout', '1', '--name', 'slow'];
  t.equal(sandbox.run(['run', ...flags, 'hello', 'sleep', '300']).code, 255);
  const format = '{{.State.Status}} {{.State.ExitCode}}';
  t.equal(sandbox.ok('inspect', '--format', format, 'slow'), 'exited -1\n');
  t.equal(sandbox.ok('wait', 'slow'), '-1\n');
  t.match(sandbox.ok('ps', '-a', '--format', '{{.Status}}'), /^Exited \(-1\) /);
  sandbox.ok('rm', 'slow');
});

t.test('the limits of the last start are shown', async (t) => {
  const shown = () =>
    sandbox.ok(
      'inspect',
      '--format',
      '{{range .HostConfig.Ulimits}}{{.Name}} {{.Hard}};{{end}}',
      'u',
    );
  sandbox.ok('create', '--network', 'none', '--name', 'u', 'hello', 'sh', '-c', 'ulimit -Hu');
  t.equal(shown(), '\n');
  const limit = sandbox.ok('start', '-a', 'u').trim();
  t.match(shown(), `RLIMIT_NPROC ${limit};`);
  sandbox.ok('rm', 'u');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
