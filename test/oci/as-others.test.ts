import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commonCalls } from '../../src/container/seccomp/syscalls.ts';
import { eventually } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';
import { type Config, Runtime, useHostPrograms } from './bundle.ts';

/** Behaviour of runc and crun that engines and their tests rely on. */
const runtime = new Runtime();

t.test('a directory masks all that are masked, and each once', async (t) => {
  const script = [
    'busybox grep -c " /one " /proc/self/mountinfo',
    'busybox stat -c %d /one /two | busybox uniq | busybox wc -l',
    'ls /two; touch /two/x 2>/dev/null || echo read-only',
  ];
  const { stdout, stderr } = runtime.runIn('masks', ['sh', '-c', script.join('\n')], (config) => {
    config.linux.maskedPaths = ['/one', '/two', '/one'];
    for (const destination of ['/one', '/two']) {
      config.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs', options: [] });
    }
  });
  // The tmpfs that is covered, and its cover.
  t.same([stdout, stderr], ['2\n1\nread-only\n', '']);
});

t.test('mounts are listed in the order of the configuration', async (t) => {
  const places = ['/t1', '/b1', '/t2', '/b2'];
  const script = 'while read -r _ _ _ _ place _; do echo $place; done </proc/self/mountinfo';
  const { stdout, stderr } = runtime.runIn('order', ['sh', '-c', script], (config) => {
    for (const destination of places) {
      config.mounts.push(
        destination.startsWith('/b')
          ? { destination, type: 'bind', source: '/etc', options: ['rbind', 'rshared'] }
          : { destination, type: 'tmpfs', source: 'tmpfs', options: [] },
      );
    }
  });
  t.equal(stderr, '');
  t.same(
    stdout.split('\n').filter((place) => places.includes(place)),
    places,
  );
});

t.test('an attribute is the topmost mount’s, and with an r that of all below', async (t) => {
  // /dev/shm is a filesystem of its own, which everybody may write to.
  const name = `bryo-${process.pid}`;
  for (const [option, expected] of Object.entries({ ro: 'written\n', rro: '' })) {
    const script = `touch /d/shm/${name} && echo written; rm -f /d/shm/${name}; touch /d/${name}`;
    const { stdout, stderr } = runtime.runIn(option, ['sh', '-c', script], (config) => {
      const options = ['rbind', option];
      config.mounts.push({ destination: '/d', type: 'bind', source: '/dev', options });
    });
    t.equal(stdout, expected, option);
    t.match(
      stderr,
      new RegExp(`/d/${name}: Read-only file system\\n$`),
      'the topmost one is closed',
    );
  }
});

t.test('the root of the host is bound with all that lies in it', async (t) => {
  const script = 'busybox stat -f -c %T /host/proc; ls -d /host/usr /host/bin/busybox';
  const { stdout, stderr } = runtime.runIn('host', ['sh', '-c', script], (config) => {
    const options = ['rbind', 'rslave', 'ro'];
    config.mounts.push({ destination: '/host', type: 'bind', source: '/', options });
  });
  t.same([stdout, stderr], ['proc\n/host/bin/busybox\n/host/usr\n', '']);
});

t.test('a FIFO takes no right to devices', async (t) => {
  const script = 'busybox stat -c "%F %a" /dev/pipe';
  const { stdout, stderr } = runtime.runIn('fifo', ['sh', '-c', script], (config) => {
    config.linux.devices = [{ path: '/dev/pipe', type: 'p', fileMode: 0o620 }];
  });
  t.same([stdout, stderr], ['fifo 620\n', '']);
});

t.test('an empty HOME is none', async (t) => {
  const home = (...env: string[]) =>
    runtime.runIn(`home${env.length}`, ['sh', '-c', 'echo "$HOME"'], (config) => {
      config.process.env.push(...env);
    }).stdout;
  t.equal(home('HOME='), '/\n');
  t.equal(home('HOME=/a', 'HOME='), '/\n');
  t.equal(home('HOME=', 'HOME=/a', 'A=1'), '/a\n');
});

t.test('a program without its interpreter', async (t) => {
  const bundle = runtime.bundle('script', (config) => {
    config.process.args = ['/run.sh'];
  });
  const script = join(bundle, 'rootfs', 'run.sh');
  writeFileSync(script, '#!/nowhere\n');
  chmodSync(script, 0o755);
  const message = 'exec /run.sh: no such file or directory';
  t.match(runtime.run('run', '--bundle', bundle, 'script'), { code: 127, stderr: `${message}\n` });
});

t.test('calls that came after a profile was written are answered with ENOSYS', async (t) => {
  const errnoOf = (name: string, number: number, defaultAction: string): string => {
    const program = `import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(${number}); print(ctypes.get_errno())`;
    return runtime.runIn(name, ['/usr/bin/python3', '-c', program], (config) => {
      useHostPrograms(config);
      config.linux.seccomp = {
        defaultAction,
        ...(defaultAction === 'SCMP_ACT_ERRNO' && { defaultErrnoRet: 6 }),
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
        syscalls: [{ names: [...commonCalls, 'ioctl'], action: 'SCMP_ACT_ALLOW' }],
      };
    }).stdout;
  };
  const notYet = 1000;
  const reboot = process.arch === 'x64' ? 169 : 142;
  t.equal(errnoOf('newer', notYet, 'SCMP_ACT_ERRNO'), '38\n');
  t.equal(errnoOf('known', reboot, 'SCMP_ACT_ERRNO'), '6\n', 'as the profile says of all others');
});

t.test('names that are no system calls are an error where that is asked for', async (t) => {
  const run = (name: string, annotation: string) =>
    runtime.runIn(name, ['true'], (config) => {
      config.annotations = { 'run.oci.seccomp_fail_unknown_syscall': annotation };
      config.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['moon'], action: 'SCMP_ACT_ERRNO' }],
      };
    });
  t.match(run('lenient', '0'), { code: 0, stderr: '' });
  t.match(run('strict', '1'), { code: 1, stderr: /invalid seccomp syscall moon/ });
});

t.test('exec adds ambient capabilities only to a process that has inheritable ones', async (t) => {
  const ambient = (name: string, inheritable: string[]): string => {
    const bundle = runtime.bundle(name, (config) => {
      config.process.args = ['sleep', '100'];
      config.process.capabilities.inheritable = inheritable;
      config.process.capabilities.bounding.push('CAP_SYSLOG');
    });
    runtime.leave('run', '--detach', '--bundle', bundle, name);
    const status = runtime.ok('exec', '--cap', 'CAP_SYSLOG', name, 'cat', '/proc/self/status');
    runtime.ok('delete', '--force', name);
    return /^CapAmb:\t(\w+)$/m.exec(status)?.[1] ?? '';
  };
  t.equal(ambient('bare', []), '0000000000000000');
  t.equal(ambient('inherits', ['CAP_SYSLOG']), '0000000400000000');
});

t.test('what cannot be ambient is told', async (t) => {
  const { code, stderr } = runtime.runIn('ambient', ['true'], (config) => {
    config.process.capabilities.ambient = ['CAP_CHOWN'];
  });
  t.equal(code, 0);
  t.match(stderr, /^Warning: [^\n]*can't raise ambient capability CAP_CHOWN: [^\n]*\n$/);
});

t.test('prestart hooks see a container that is created', async (t) => {
  const place = runtime.sandbox.makeDirectory('seen');
  const hook = (name: string) => ({
    path: '/bin/busybox',
    args: ['sh', '-c', `cat >${place}/${name}`],
  });
  runtime.runIn('prestart', ['true'], (config) => {
    config.hooks = { prestart: [hook('prestart')], createRuntime: [hook('createRuntime')] };
  });
  const status = (name: string) => JSON.parse(readFileSync(join(place, name), 'utf8')).status;
  t.same([status('prestart'), status('createRuntime')], ['created', 'creating']);
});

t.test('a working directory that is not there, a link at /proc, a state directory', async (t) => {
  const bundle = runtime.bundle('odd', (config) => {
    config.process.args = ['sleep', '100'];
  });
  runtime.leave('run', '--detach', '--bundle', bundle, 'odd');
  const chdir = /chdir to cwd \("\/gone"\) set in config\.json failed: no such file or directory/;
  t.match(runtime.run('exec', '--cwd', '/gone', 'odd', 'true'), { code: 255, stderr: chdir });
  runtime.ok('delete', '--force', 'odd');
  symlinkSync('/bin', join(bundle, 'rootfs', 'link'));
  rmSync(join(bundle, 'rootfs', 'proc'), { recursive: true });
  symlinkSync('/link', join(bundle, 'rootfs', 'proc'));
  const ordinary = /filesystem "proc" must be mounted on ordinary directory/;
  t.match(runtime.run('run', '--bundle', bundle, 'odd'), { code: 1, stderr: ordinary });
  const [program = '', ...rest] = runtime.argv(['list']);
  const elsewhere = rest.map((word) => (word.endsWith('/state') ? '/nowhere' : word));
  t.equal(spawnSync(program, elsewhere).status, 1, 'one that is named must be there');
});

t.test('access times of a bind mount', async (t) => {
  for (const option of ['noatime', 'strictatime', 'relatime', 'nodiratime']) {
    const { code, stdout, stderr } = runtime.runIn(`bind-${option}`, ['ls', '/mnt'], (config) => {
      const options = ['bind', 'nosuid', option];
      config.mounts.push({ destination: '/mnt', source: runtime.sandbox.directory, options });
    });
    t.same([code, stderr], [0, ''], option);
    t.match(stdout, /bind-/);
  }
});

t.test("the caller's groups are kept where the annotation says so", async (t) => {
  const groups = (name: string, annotation: string): string => {
    const bundle = runtime.bundle(name, (config) => {
      config.annotations = { 'run.oci.keep_original_groups': annotation };
      config.process.args = ['cat', '/proc/self/status'];
      // With ids beside the caller's own the kernel lets groups be given up.
      config.linux.uidMappings = [];
      config.linux.gidMappings = [];
    });
    const argv = runtime.argv(['run', '--bundle', bundle, name]);
    const given = argv.map((word) => (word === '--clear-groups' ? '--groups=4242' : word));
    const [program = '', ...rest] = given;
    const { stdout } = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
    return /^Groups:\t(.*?) *$/m.exec(stdout)?.[1] ?? stdout;
  };
  t.equal(groups('given-up', '0'), '');
  if (process.getuid?.() === 0)
    t.equal(groups('kept', '1'), '65534', 'a group without a name inside');
});

t.test('an empty option of a mount is none', async (t) => {
  const { code, stderr } = runtime.runIn('empty', ['true'], (config) => {
    const options = ['rw', 'rprivate', 'nosuid', 'nodev', '', 'tmpcopyup'];
    config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options });
  });
  t.same([code, stderr], [0, '']);
});

t.test('a container without a process is created, and not started', async (t) => {
  const bundle = runtime.bundle('idle', (config) => {
    delete config.process;
  });
  runtime.leave('create', '--bundle', bundle, 'idle');
  t.match(runtime.run('start', 'idle'), { code: 1, stderr: /process is missing/ });
  await eventually('it has ended', () => runtime.ok('state', 'idle').includes('"stopped"'));
  runtime.ok('delete', 'idle');
  t.match(runtime.run('run', '--bundle', bundle, 'idle'), {
    code: 1,
    stderr: /process is missing/,
  });
  t.equal(runtime.ok('list', '-q'), '');
});

t.test('a directory is no command', async (t) => {
  const { code, stderr } = runtime.runIn('directory', ['/bin'], () => undefined);
  t.equal(code, 1);
  t.match(stderr, /^bryo-oci: cannot execute "\/bin": is a directory\n$/);
});

t.test('debug lines, and the places of a log', async (t) => {
  t.match(runtime.run('--debug', 'list'), { code: 0, stderr: /^time="[^"]+" level=debug msg="/ });
  const log = join(runtime.sandbox.makeDirectory('log'), 'log');
  t.match(runtime.run('--debug', `--log=file:${log}`, 'list'), { code: 0, stderr: '' });
  t.match(readFileSync(log, 'utf8'), / level=debug /);
  const told = runtime.bundle('told', (config) => {
    config.process.args = ['true'];
    config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
  });
  const { stderr } = runtime.run('--debug', 'run', '--bundle', told, 'told');
  t.match(stderr, /msg="seccomp filter flags: 4"\n(.*\n)*.*msg="process \d+ waits for its start"/);
  t.match(runtime.run('--log=moon:/x', 'list'), { code: 1, stderr: /--log "moon:\/x" is not/ });
  t.match(runtime.run('--log=/nowhere/x', 'list'), {
    code: 1,
    stderr: /\/nowhere\/x: no such file/,
  });
});

t.test('a listener goes to an agent that listens, whatever the profile asks it', async (t) => {
  const socket = join(runtime.sandbox.directory, 'agent');
  const profile = (config: Config) => {
    config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: socket };
  };
  t.match(runtime.runIn('alone', ['true'], profile), { code: 0, stderr: '' }, 'nobody listens');
  const agent = `
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
print('listening', flush=True)
text, control, _, _ = server.accept()[0].recvmsg(65536, 1024)
print(len(control), text.decode(), flush=True)
`;
  const [program = '', ...rest] = asTestUser(['python3', '-c', agent, socket]);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
  });
  await eventually('it listens', () => heard === 'listening\n');
  t.match(runtime.runIn('heard', ['true'], profile), { code: 0, stderr: '' });
  await eventually('it is told', () => heard.endsWith('}\n'));
  t.match(heard, /\n1 \{.*"fds":\["seccompFd"\].*"id":"heard"/);
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
