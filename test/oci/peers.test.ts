import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { asTestUser } from '../support/user.ts';
import { type Config, Runtime } from './bundle.ts';

const runtime = new Runtime();

/** A container that waits until it is deleted. */
function waiting(name: string, change: (config: Config) => void = () => undefined): string {
  const bundle = runtime.bundle(name, (config) => {
    config.process.args = ['sleep', '1000'];
    change(config);
  });
  runtime.leave('run', '--detach', '--bundle', bundle, name);
  return bundle;
}

/** The command without what makes a process the test user's. */
function ownArgv(args: readonly string[]): string[] {
  return runtime.argv(args).slice(asTestUser([]).length);
}

t.test('the configuration may have another name, and none of a user namespace', async (t) => {
  const bundle = runtime.bundle('named', (config) => {
    config.process.args = ['id', '-u'];
    config.process.user = { uid: 7, gid: 7 };
    delete config.linux.uidMappings;
    delete config.linux.gidMappings;
    config.linux.namespaces = [{ type: 'mount' }];
    config.hostname = '';
    // The host has no such place to show instead.
    config.mounts = config.mounts.filter(({ type }: Config) => type !== 'mqueue');
  });
  renameSync(join(bundle, 'config.json'), join(bundle, 'other.json'));
  const run = (...flags: string[]) => runtime.run('run', '--bundle', bundle, ...flags, 'named');
  t.match(run(), { code: 1, stderr: /config.json cannot be read/ });
  t.same(run('--config', 'other.json'), { code: 0, stdout: '7\n', stderr: '' });
  t.same(run('-f', join(bundle, 'other.json')), { code: 0, stdout: '7\n', stderr: '' });
});

t.test('containers are chosen by an expression, and asked with signal 0', async (t) => {
  waiting('choice-a');
  waiting('choice-b');
  runtime.ok('kill', 'choice-a', '0');
  t.match(runtime.run('delete', '--force', '--regex', '('), { stderr: /invalid expression/ });
  runtime.ok('delete', '--force', '--regex', '^choice-');
  t.equal(runtime.ok('list', '-q'), '');
  t.match(runtime.run('kill', 'choice-a', '0'), { code: 1, stderr: /does not exist/ });
});

t.test('what a further process is given', async (t) => {
  waiting('further', (config) => {
    config.process.env.push('A=old', 'B=old');
    config.linux.personality = { domain: 'LINUX32' };
  });
  const inside = (...args: string[]) => runtime.ok('exec', ...args);
  t.equal(inside('-e', 'A=new', 'further', 'sh', '-c', 'env | /bin/busybox grep -c ^A='), '1\n');
  t.equal(inside('-e', 'A=new', 'further', 'sh', '-c', 'echo $A $B'), 'new old\n');
  t.equal(inside('further', '/bin/busybox', 'uname', '-m'), 'i686\n');
  runtime.ok('delete', '--force', 'further');
});

t.test('nothing is inherited that is out of bounds', async (t) => {
  const command = ['sh', '-c', 'busybox grep Cap /proc/self/status'];
  const { code, stdout } = runtime.runIn('bounds', command, (config) => {
    const kill = ['CAP_KILL'];
    const inheritable = ['CAP_KILL', 'CAP_CHOWN'];
    config.process.capabilities = { bounding: kill, permitted: kill, inheritable };
  });
  t.equal(code, 0);
  t.match(stdout, /CapInh:\s0000000000000020\n/);
});

t.test('a tmpfs looks like the directory below it, and is closed when it is filled', async (t) => {
  const options = ['nosuid', 'ro', 'mode=755', 'size=65536k'];
  const bundle = runtime.bundle('mounts', (config) => {
    config.process.args = [
      'sh',
      '-c',
      'busybox stat -c %a /plain /sticky /asked; touch /dev/x; echo 1 >/dev/null; ls /dev/pts/ptmx /bound',
    ];
    const dev = config.mounts.find(({ destination }: Config) => destination === '/dev');
    dev.options = options;
    const tmpfs = { type: 'tmpfs', source: 'tmpfs' };
    config.mounts.push(
      { destination: '/plain', ...tmpfs },
      { destination: '/sticky', ...tmpfs },
      { destination: '/asked', ...tmpfs, options: ['mode=700'] },
      { destination: '/bound', source: '/etc', type: 'bind', options: ['bind', 'mode=755'] },
    );
  });
  for (const [name, mode] of [
    ['plain', 0o750],
    ['sticky', 0o1775],
    ['asked', 0o755],
  ] as const) {
    mkdirSync(join(bundle, 'rootfs', name));
    chmodSync(join(bundle, 'rootfs', name), mode);
  }
  const { code, stdout, stderr } = runtime.run('run', '--bundle', bundle, 'mounts');
  t.match(stdout, /^750\n1775\n700\n/);
  t.match(stdout, /passwd/, 'a mode says nothing of what is bound');
  t.match(stderr, /\/dev\/x: Read-only file system/);
  t.notMatch(stderr, /\/dev\/null/);
  t.equal(code, 0);
});

t.test('symbolic links as sources and as places of mounts', async (t) => {
  const bundle = runtime.bundle('links', (config) => {
    const bind = { type: 'bind', source: 'link' };
    config.mounts.push(
      { ...bind, destination: '/copied', options: ['bind', 'copy-symlink'] },
      { ...bind, destination: '/place', options: ['bind', 'src-nofollow', 'dest-nofollow'] },
    );
    config.process.args = ['sh', '-c', 'busybox readlink /copied; busybox readlink /place'];
  });
  symlinkSync('/nowhere', join(bundle, 'link'));
  symlinkSync('elsewhere', join(bundle, 'rootfs', 'place'));
  const { stdout } = runtime.run('run', '--bundle', bundle, 'links');
  t.equal(stdout, '/nowhere\n/nowhere\n');
});

t.test('a filter need not allow what the runtime does itself', async (t) => {
  const denied = { names: ['faccessat2', 'openat2', 'memfd_create'], action: 'SCMP_ACT_ERRNO' };
  for (const noNewPrivileges of [true, false]) {
    const ended = runtime.runIn(`filter-${noNewPrivileges}`, ['echo', 'yes'], (config) => {
      config.process.noNewPrivileges = noNewPrivileges;
      config.process.user = { uid: 0, gid: 0 };
      config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [denied] };
    });
    t.same(ended, { code: 0, stdout: 'yes\n', stderr: '' });
  }
});

t.test('of two conditions on an argument one need fit', async (t) => {
  const args = [3, 4].map((value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' }));
  const rule = { names: ['umask'], action: 'SCMP_ACT_ERRNO', errnoRet: 99, args };
  const { stdout } = runtime.runIn(
    'conditions',
    ['sh', '-c', 'umask 3; umask; umask 7; umask'],
    (config) => {
      config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] };
    },
  );
  t.equal(stdout, '0022\n0007\n');
});

t.test('hooks: their environment, their names, and what follows when they fail', async (t) => {
  const marks = runtime.sandbox.makeDirectory('marks');
  const touch = (name: string) => ({ path: '/bin/touch', args: ['touch', join(marks, name)] });
  const failing = { path: '/bin/false' };
  const inherits = { path: '/bin/sh', args: ['sh', '-c', 'test -n "$PATH"'] };
  const payload = { path: '/bin/sh', args: ['sh', '-euc', 'test $ONE = two; test -n $HOME'] };
  const end = runtime.runIn('hooks-end', ['echo', 'done'], (config) => {
    config.process.env.push('ONE=two');
    config.hooks = {
      createRuntime: [inherits],
      startContainer: [payload],
      poststop: [failing, touch('stopped')],
    };
  });
  t.match(end, { code: 0, stdout: 'done\n', stderr: /poststop hook failed with exit code 1/ });
  t.ok(existsSync(join(marks, 'stopped')), 'the others run all the same');
  const second = runtime.runIn('hooks-second', ['true'], (config) => {
    config.hooks = { createRuntime: [inherits, failing] };
  });
  t.match(second, { code: 1, stderr: /error running createRuntime hook #1:/ });
  const start = runtime.bundle('hooks-start', (config) => {
    config.process.args = ['sleep', '1000'];
    config.hooks = { poststart: [failing], poststop: [touch('ended')] };
  });
  runtime.leave('create', '--bundle', start, 'hooks-start');
  const started = runtime.run('start', 'hooks-start');
  t.match(started, { code: 1, stderr: /error running poststart hook #0:/ });
  t.ok(existsSync(join(marks, 'ended')), 'the container has been ended');
  t.match(runtime.run('state', 'hooks-start'), { code: 1, stderr: /does not exist/ });
});

t.test('variables of socket activation without its sockets', async (t) => {
  const bundle = runtime.bundle('sockets', (config) => {
    config.process.args = ['sh', '-c', 'echo $LISTEN_PID; ls /proc/self/fd'];
  });
  const own = ownArgv(['run', '--bundle', bundle, '--preserve-fds', '9', 'sockets']);
  const [program = '', ...args] = asTestUser(['env', 'LISTEN_FDS=1', ...own]);
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  t.equal(stdout, '1\n0\n1\n2\n3\n', 'ls opens the directory itself as 3');
});

t.test('root without a user namespace leaves nothing on the host', async (t) => {
  const bundle = runtime.bundle('shared', (config) => {
    config.process.args = ['sh', '-c', 'echo started'];
    config.process.terminal = false;
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: Config) => type !== 'user');
    delete config.linux.uidMappings;
    delete config.linux.gidMappings;
  });
  const own = ownArgv(['run', '--bundle', bundle, 'shared']);
  const script = [
    'mount --make-rshared /',
    'before=$(wc -l </proc/self/mountinfo)',
    '"$@"',
    'echo $(($(wc -l </proc/self/mountinfo) - before))',
  ].join('; ');
  const words = asTestUser(['unshare', '-Urm', 'sh', '-c', script, 'sh', ...own]);
  const { stdout, stderr } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' });
  t.same([stdout, stderr], ['started\n0\n', '']);
});

t.test('create with a console socket keeps none of its streams', async (t) => {
  const bundle = runtime.bundle('console', (config) => {
    config.process.terminal = true;
    config.process.args = ['sleep', '1000'];
  });
  const socket = join(runtime.sandbox.directory, 'console.sock');
  const script = `
import array, os, socket, subprocess, sys
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(1); os.chmod(sys.argv[1], 0o777)
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
link, _ = server.accept()
link.recvmsg(64, socket.CMSG_LEN(4))
out, _ = child.communicate(timeout=20)
print(child.returncode, out.decode(), end='')
`;
  const argv = runtime.argv(['create', '--bundle', bundle, '--console-socket', socket, 'console']);
  const { stdout, stderr } = spawnSync('python3', ['-c', script, socket, ...argv], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  t.same([stdout, stderr], ['0 ', ''], 'the pipe ends with the command');
  runtime.ok('delete', '--force', 'console');
});
