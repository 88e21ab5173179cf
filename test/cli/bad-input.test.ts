import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { emptyTmp, onChangedMachine, singleIdWarning } from '../support/changed-machine.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();

function fails(t: Test, args: string[], code: number, message: RegExp): void {
  const result = sandbox.run(args);
  t.equal(result.code, code, args.join(' '));
  t.match(result.stderr, message, args.join(' '));
  t.match(result.stderr, /^Error: [^\n]+\n$/, 'one clear line');
  t.equal(result.stdout, '');
}

t.test('what the user may get wrong', async (t) => {
  fails(t, ['frobnicate'], 125, /unrecognized command `bryo frobnicate`/);
  fails(t, ['--nope', 'ps'], 125, /unknown flag: --nope/);
  fails(t, ['run', '--nope', 'hello'], 125, /unknown flag: --nope/);
  fails(t, ['run', '-Q', 'hello'], 125, /unknown shorthand flag: "Q"/);
  fails(t, ['run'], 125, /requires at least 1 argument/);
  fails(t, ['run', '--name'], 125, /flag needs an argument: --name/);
  fails(t, ['run', '--pull', 'never', 'no-such-image'], 125, /no-such-image: image not known/);
  fails(t, ['run', 'upper/CASE'], 125, /must be lowercase/);
  fails(t, ['run', 'a b'], 125, /invalid/);
  fails(
    t,
    ['pull', '127.0.0.1:1/x'],
    125,
    /pinging container registry 127\.0\.0\.1:1: connection refused/,
  );
  fails(t, ['start', 'nothing'], 125, /no such container/);
  fails(t, ['rmi', 'nothing'], 1, /image not known/);
  fails(t, ['logs', 'nothing'], 125, /no such container/);
  fails(t, ['inspect', '--format', '{{.X', 'hello'], 125, /no such object|not closed/);
  fails(t, ['run', '--ulimit', 'nofile', 'hello'], 125, /NAME=SOFT/);
  fails(t, ['run', '--shm-size', 'big', 'hello'], 125, /invalid size/);
  fails(t, ['run', '--userns', 'keep', 'hello'], 125, /invalid --userns "keep": host, keep-id, /);
  fails(t, ['run', '--cap-add', 'NONSENSE', '--rm', 'hello'], 125, /NONSENSE/);
  fails(t, ['run', '--sysctl', 'kernel.core_pattern=x', 'hello'], 125, /not namespaced/);
  fails(
    t,
    ['run', '--security-opt', 'seccomp=/no/such/file', '--rm', 'hello'],
    125,
    /cannot read the seccomp profile/,
  );
  fails(t, ['run', '--log-driver', 'syslog', 'hello'], 125, /k8s-file, json-file, journald, /);
  fails(t, ['run', '-v', '/a:relative', 'hello'], 125, /not an absolute path/);
  fails(
    t,
    ['run', '-v', '/tmp:/a', '--tmpfs', '/a', 'hello'],
    125,
    /\/a: duplicate mount destination/,
  );
  fails(t, ['--storage-driver', 'zfs', 'run', 'hello'], 125, /storage driver "zfs" is unknown/);
  fails(t, ['--runtime', 'nosuch', 'ps'], 125, /default OCI runtime "nosuch" not found/);
  fails(t, ['load', '-i', '/etc/passwd'], 125, /not a whole tar|holds no image/);
  fails(t, ['load', '-i', '/no/such/file'], 125, /cannot read/);
});

t.test('a read-only data directory', async (t) => {
  const directory = sandbox.makeDirectory('closed');
  chmodSync(directory, 0o555);
  const { code, stderr } = sandbox.run(['--root', join(directory, 'r'), 'run', 'hello'], {
    bare: true,
  });
  t.equal(code, 125);
  t.match(stderr, /^Error: .*permission denied\n$/);
});

t.test('no subordinate ids: one id and one warning', async (t) => {
  const own = new Sandbox();
  // Inside a user namespace that maps nothing else, newuidmap has nothing to give.
  const argv = own.argv(['run', '--rm', '--network', 'none', 'hello', 'cat', '/proc/self/uid_map']);
  const at = argv.findIndex((word) => word.endsWith('/bryo') || word.endsWith('/node'));
  const wrapped = [...argv.slice(0, at), 'unshare', '-U', '--map-current-user', ...argv.slice(at)];
  const [program = '', ...rest] = wrapped;
  const result = spawnSync(program, rest, { encoding: 'utf8' });
  t.equal(result.status, 0, result.stderr);
  t.match(result.stdout, /^\s*0\s+\d+\s+1\n$/);
  t.match(
    result.stderr,
    /^time=\S+ level=warning msg="only one id is mapped into containers: [^\n]+\n$/,
  );
  t.same(own.close(), []);
});

t.test('XDG_RUNTIME_DIR unset', async (t) => {
  const place = sandbox.makeDirectory('unset');
  const machine = { place, unset: ['XDG_RUNTIME_DIR'], bare: true };
  const run = [
    '--root',
    join(place, 'r'),
    'run',
    '--rm',
    '--network',
    'none',
    'hello',
    'echo',
    'ok',
  ];
  const { code, stdout, stderr } = onChangedMachine(sandbox, { ...machine, script: emptyTmp }, run);
  t.same([code, stdout, stderr.replace(singleIdWarning, '')], [0, 'ok\n', '']);
});

t.test('a full disk', async (t) => {
  const place = sandbox.makeDirectory('small');
  const script = `mount -t tmpfs -o size=600k tmpfs "$0" && "$@"`;
  // Not that of the machine's root, as whom the command sees itself.
  const store = ['--root', join(place, 'r'), '--runroot', join(sandbox.directory, 'run')];
  const argv = sandbox.argv([...store, 'run', '--rm', 'hello', 'true'], { bare: true });
  const at = argv.findIndex((word) => word.endsWith('/bryo') || word.endsWith('/node'));
  const product = argv.slice(at);
  const [program = '', ...rest] = asTestUser([
    'unshare',
    '-Urm',
    'sh',
    '-c',
    script,
    place,
    ...product,
  ]);
  const result = spawnSync(program, rest, { encoding: 'utf8' });
  t.equal(result.status, 125);
  t.match(result.stderr, /no space left on device/i);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
