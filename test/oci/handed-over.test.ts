import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';
import { Runtime } from './bundle.ts';

const runtime = new Runtime();

/** Runs a command with further descriptors, from 3 on, each open on a file with this content. */
function withDescriptors(args: readonly string[], contents: readonly string[]) {
  const fds = contents.map((text, index) => {
    const path = join(runtime.sandbox.directory, `fd-${index}`);
    writeFileSync(path, text);
    return openSync(path, 'r');
  });
  const [program = '', ...rest] = runtime.argv(args);
  const result = spawnSync(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    encoding: 'utf8',
    cwd: '/',
  });
  for (const fd of fds) closeSync(fd);
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

const readAll = 'for fd in 3 4 5; do cat <&$fd; done 2>/dev/null; ls /proc/self/fd | wc -w; true';

t.test('only descriptors asked for reach a container', async (t) => {
  const bundle = runtime.bundle('fds', (config) => {
    config.process.args = ['sh', '-c', readAll];
  });
  const run = (...flags: string[]) =>
    withDescriptors(['run', '--bundle', bundle, ...flags, 'fds'], ['three ', 'four ', 'five ']);
  t.same(run(), { code: 0, stdout: '4\n', stderr: '' });
  t.same(run('--preserve-fds', '1'), { code: 0, stdout: 'three 5\n', stderr: '' });
  t.same(run('--preserve-fds=3'), { code: 0, stdout: 'three four five 7\n', stderr: '' });
  t.match(run('--preserve-fds', 'x'), { code: 1, stderr: /invalid --preserve-fds "x"/ });
});

t.test('sockets of socket activation', async (t) => {
  const bundle = runtime.bundle('listen', (config) => {
    config.process.args = ['sh', '-c', 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3'];
  });
  const argv = runtime.argv(['run', '--bundle', bundle, 'listen']);
  const environment = ['LISTEN_FDS=1', 'LISTEN_FDNAMES=web'];
  const [program = '', ...rest] = asTestUser([
    'env',
    ...environment,
    ...argv.slice(argv.indexOf('-i') + 1),
  ]);
  const path = join(runtime.sandbox.directory, 'socket');
  writeFileSync(path, 'content\n');
  const fd = openSync(path, 'r');
  const result = spawnSync(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe', fd],
    encoding: 'utf8',
  });
  closeSync(fd);
  t.same([result.stderr, result.stdout], ['', '1 1 web\ncontent\n']);
});

t.test('exec hands descriptors on, too', async (t) => {
  const bundle = runtime.bundle('exec-fds', (config) => {
    config.process.args = ['sleep', '100'];
  });
  runtime.leave('run', '--detach', '--bundle', bundle, 'exec-fds');
  const result = withDescriptors(
    ['exec', '--preserve-fds', '2', 'exec-fds', 'sh', '-c', readAll],
    ['a ', 'b '],
  );
  t.same(result, { code: 0, stdout: 'a b 6\n', stderr: '' });
  runtime.ok('delete', '--force', 'exec-fds');
});

t.test('the old root covered instead of given up', async (t) => {
  const bundle = runtime.bundle('cover', (config) => {
    config.process.args = [
      'sh',
      '-c',
      'ls -d /bin /etc/passwd 2>&1; cat /../bin/busybox | head -c 4',
    ];
  });
  const { code, stdout } = runtime.run('run', '--no-pivot', '--bundle', bundle, 'cover');
  t.same([code, stdout], [0, 'ls: /etc/passwd: No such file or directory\n/bin\n\x7fELF']);
});

/** Answers each question of the kernel with EDQUOT; prints what it was sent (seccomp_unotify(2)). */
const agent = `
import array, fcntl, os, socket, struct, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
print('listening', flush=True)
connection = server.accept()[0]
text, control = b'', []
while True:
    data, found, _, _ = connection.recvmsg(65536, 1024)
    control += found
    text += data
    if not data: break
listener = array.array('i', control[0][2])[0]
print(text.decode(), flush=True)
while True:
    request = bytearray(80)
    try: fcntl.ioctl(listener, 0xc0502100, request)
    except OSError: break
    answer = struct.pack('=QqiI', struct.unpack_from('=Q', request)[0], 0, -122, 0)
    try: fcntl.ioctl(listener, 0xc0182101, bytearray(answer))
    except OSError: break
`;

function startAgent(socket: string): { child: ChildProcess; lines: () => string[] } {
  const [program = '', ...rest] = asTestUser(['python3', '-c', agent, socket]);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return { child, lines: () => text.split('\n').slice(0, -1) };
}

t.test('a seccomp agent answers for the kernel', async (t) => {
  const bundle = runtime.bundle('notify', (config) => {
    config.process.args = ['sh', '-c', 'mkdir /new; echo after'];
    config.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: join(runtime.sandbox.directory, 'agent'),
      listenerMetadata: 'who knows',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' }],
    };
  });
  const { child, lines } = startAgent(join(runtime.sandbox.directory, 'agent'));
  await eventually('the agent listens', () => lines().length === 1);
  const [program = '', ...rest] = runtime.argv(['run', '--bundle', bundle, 'notify']);
  const result = spawnSync(program, rest, { encoding: 'utf8', timeout: 30_000 });
  t.same(
    [result.status, result.stdout, result.stderr],
    [0, 'after\n', "mkdir: can't create directory '/new': Disk quota exceeded\n"],
  );
  await eventually('the agent was told', () => lines().length === 2);
  t.match(JSON.parse(lines()[1] ?? ''), {
    fds: ['seccompFd'],
    pid: Number,
    metadata: 'who knows',
    state: { id: 'notify', status: 'creating', bundle },
  });
  child.kill();
});

t.test('an agent that is not there', async (t) => {
  const { code, stderr } = runtime.runIn('nobody', ['true'], (config) => {
    config.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: '/run/nobody-here',
      syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
    };
  });
  t.equal(code, 1);
  t.match(
    stderr,
    /^bryo-oci: cannot start: failed to connect with seccomp agent: socket \/run\/nobody-here: no such file or directory\n$/,
  );
  t.equal(runtime.ok('list', '-q'), '');
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
