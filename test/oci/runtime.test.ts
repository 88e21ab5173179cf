import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';
import { type Config, Runtime } from './bundle.ts';

const runtime = new Runtime();

t.test('run gives the streams and the exit status', async (t) => {
  const { code, stdout, stderr } = runtime.runIn('plain', [
    'sh',
    '-c',
    'id -u; echo e >&2; exit 7',
  ]);
  t.same([code, stdout, stderr], [7, '0\n', 'e\n']);
  t.same(readdirSync(join(runtime.sandbox.directory, 'state')), [], 'no state is left');
});

t.test('create, start, state, exec, kill, delete', async (t) => {
  const bundle = runtime.bundle('life', (config) => {
    config.process.args = [
      'sh',
      '-c',
      'trap "exit 3" TERM; touch /started; while :; do sleep 0.1; done',
    ];
  });
  const pidFile = join(bundle, 'pid');
  const state = () => JSON.parse(runtime.ok('state', 'life'));
  runtime.leave('create', '--bundle', bundle, '--pid-file', pidFile, 'life');
  t.equal(state().status, 'created');
  t.equal(String(state().pid), readFileSync(pidFile, 'utf8'));
  t.notOk(existsSync(join(bundle, 'rootfs', 'started')), 'the command waits');
  t.match(runtime.run('create', '--bundle', bundle, 'life'), { code: 1, stderr: /already exists/ });
  t.match(runtime.run('exec', 'other', 'true'), { code: 255, stderr: /does not exist/ });
  runtime.ok('start', 'life');
  await eventually('it has started', () => existsSync(join(bundle, 'rootfs', 'started')));
  t.match(state(), { ociVersion: /^1\./, id: 'life', status: 'running', bundle });
  t.match(runtime.run('start', 'life'), { code: 1, stderr: /it is running/ });
  t.equal(runtime.ok('exec', 'life', 'hostname'), 'bryo\n');
  t.equal(
    runtime.ok('exec', '--cwd', '/bin', '-e', 'A=1', 'life', 'sh', '-c', 'pwd; echo $A'),
    '/bin\n1\n',
  );
  t.equal(runtime.run('exec', 'life', 'sh', '-c', 'exit 9').code, 9);
  const low = ['--nofile=300:300', ...runtime.argv(['exec', 'life', 'sh', '-c', 'ulimit -Hn'])];
  t.equal(spawnSync('prlimit', low, { encoding: 'utf8' }).stdout, '300\n', 'a caller with less');
  t.match(runtime.run('exec', 'life', 'nowhere'), { code: 255, stderr: /not found in \$PATH/ });
  t.match(runtime.ok('list'), /^ID .*\nlife +\d+ +running /);
  t.equal(runtime.ok('list', '-q'), 'life\n');
  t.equal(JSON.parse(runtime.ok('ps', '--format', 'json', 'life')).includes(state().pid), true);
  t.match(runtime.run('delete', 'life'), { code: 1, stderr: /not stopped/ });
  t.match(runtime.run('pause', 'life'), { code: 1, stderr: /no control group/ });
  runtime.ok('kill', 'life', 'TERM');
  await eventually('it has ended', () => state().status === 'stopped');
  runtime.ok('delete', 'life');
  t.match(runtime.run('state', 'life'), { code: 1, stderr: /does not exist/ });
  runtime.ok('delete', '--force', 'life');
});

t.test('delete --force ends a container, created or running', async (t) => {
  const bundle = runtime.bundle('forced', (config) => {
    config.process.args = ['sleep', '1000'];
  });
  for (const started of [false, true]) {
    runtime.leave('create', '--bundle', bundle, 'forced');
    if (started) runtime.ok('start', 'forced');
    const { pid } = JSON.parse(runtime.ok('state', 'forced'));
    runtime.ok('delete', '--force', 'forced');
    const stat = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, 'utf8')
      : ') Z';
    t.match(stat, /\) [ZX]/, 'its process is gone');
  }
});

t.test('hooks run at their places with the state on their input', async (t) => {
  const place = runtime.sandbox.makeDirectory('hooks-out');
  const hook = (name: string, inside = false) => ({
    path: inside ? '/bin/sh' : '/bin/busybox',
    args: ['sh', '-c', `cat > ${inside ? '' : place}/${name}.json`],
  });
  const bundle = runtime.bundle('hooks', (config) => {
    config.process.args = ['sh', '-c', 'ls /startContainer.json; cat /startContainer.json'];
    config.hooks = {
      prestart: [hook('prestart')],
      createRuntime: [hook('createRuntime')],
      createContainer: [hook('createContainer')],
      startContainer: [hook('startContainer', true)],
      poststart: [hook('poststart')],
      poststop: [hook('poststop')],
    };
  });
  const files = () => readdirSync(place).sort();
  runtime.leave('create', '--bundle', bundle, 'hooks');
  t.same(files(), ['createContainer.json', 'createRuntime.json', 'prestart.json']);
  const { pid } = JSON.parse(runtime.ok('state', 'hooks'));
  const seen = JSON.parse(readFileSync(join(place, 'createRuntime.json'), 'utf8'));
  t.match(seen, { id: 'hooks', pid, status: 'creating', bundle });
  t.notOk(existsSync(join(bundle, 'rootfs', 'startContainer.json')));
  runtime.ok('start', 'hooks');
  t.ok(files().includes('poststart.json'));
  await eventually('its own hook ran', () => {
    const path = join(bundle, 'rootfs', 'startContainer.json');
    return existsSync(path) && readFileSync(path, 'utf8').includes('"id":"hooks"');
  });
  runtime.ok('delete', '--force', 'hooks');
  t.ok(files().includes('poststop.json'));
});

t.test('a hook that fails or takes too long ends the creation', async (t) => {
  const failing = (args: string[], timeout?: number) => (config: Config) => {
    config.hooks = { createRuntime: [{ path: '/bin/busybox', args, timeout }] };
  };
  const bad = runtime.runIn('bad-hook', ['true'], failing(['sh', '-c', 'exit 4']));
  t.match(bad, { code: 1, stderr: /hook #0: \/bin\/busybox failed with exit code 4/ });
  const slow = runtime.runIn('slow-hook', ['true'], failing(['sleep', '100'], 1));
  t.match(slow, { code: 1, stderr: /took longer than 1 s/ });
  t.equal(runtime.ok('list', '-q'), '');
});

t.test('namespaces, names, time, mounts, limits', async (t) => {
  const data = runtime.sandbox.makeDirectory('data');
  writeFileSync(join(data, 'f'), 'data\n');
  const script = [
    'hostname',
    'cat /proc/sys/kernel/domainname',
    'cat /proc/self/timens_offsets',
    'cat /mnt/f; touch /mnt/new 2>/dev/null || echo read-only',
    'umask; ulimit -n; echo $X',
    'cat /proc/self/numa_maps',
  ];
  const { code, stdout, stderr } = runtime.runIn('much', ['sh', '-c', script.join('\n')], (c) => {
    c.hostname = 'host';
    c.domainname = 'domain';
    c.linux.namespaces.push({ type: 'time' });
    c.linux.timeOffsets = { monotonic: { secs: 1000 }, boottime: { secs: 2000, nanosecs: 5 } };
    c.mounts.push({ destination: '/mnt', source: data, type: 'none', options: ['rbind', 'rro'] });
    c.process.user.umask = 0o027;
    c.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 77, hard: 99 }];
    c.process.env.push('X=y');
    c.process.scheduler = { policy: 'SCHED_BATCH', nice: 3 };
    c.process.ioPriority = { class: 'IOPRIO_CLASS_IDLE', priority: 0 };
    c.linux.personality = { domain: 'LINUX32' };
    c.linux.memoryPolicy = { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] };
  });
  t.same([code, stderr], [0, '']);
  t.match(
    stdout,
    /^host\ndomain\nmonotonic +1000 +0\nboottime +2000 +5\ndata\nread-only\n0027\n77\ny\n.* bind=static:0 /,
  );
});

t.test('seccomp of the configuration', async (t) => {
  const { stdout } = runtime.runIn(
    'seccomp',
    ['sh', '-c', 'hostname x || echo refused'],
    (config) => {
      config.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        flags: ['SECCOMP_FILTER_FLAG_LOG'],
        syscalls: [{ names: ['sethostname'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
      };
    },
  );
  t.equal(stdout, 'refused\n');
});

/** Takes a terminal from a socket and prints what comes from it (runc's recvtty). */
const receiver = `
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
print('listening', flush=True)
text, control, _, _ = server.accept()[0].recvmsg(4096, 1024)
print(text.decode(), flush=True)
master = array.array('i', control[0][2])[0]
while True:
    try: part = os.read(master, 4096)
    except OSError: break
    if not part: break
    os.write(1, part)
`;

t.test('the terminal goes to the console socket', async (t) => {
  const bundle = runtime.bundle('console', (config) => {
    config.process.terminal = true;
    config.process.args = ['sh', '-c', 'test -t 0 && echo terminal $(ls /dev/console); sleep 100'];
  });
  const missing = runtime.run('create', '--bundle', bundle, 'console');
  t.match(missing, { code: 1, stderr: /needs --console-socket/ });
  const path = join(bundle, 'socket');
  const [python = '', ...words] = asTestUser(['python3', '-c', receiver, path]);
  const listening = spawn(python, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let received = '';
  listening.stdout.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  await eventually('the socket is there', () => received === 'listening\n');
  runtime.leave('run', '--detach', '--bundle', bundle, '--console-socket', path, 'console');
  await eventually('the terminal is used', () => received.endsWith('/dev/console\r\n'));
  t.equal(received, 'listening\n/dev/ptmx\nterminal /dev/console\r\n');
  listening.kill();
  runtime.ok('delete', '--force', 'console');
});

t.test('every kind of namespace is joined by its path', async (t) => {
  const first = runtime.bundle('joined', (config) => {
    config.process.args = ['sh', '-c', 'echo here >/mark; sleep 100'];
    config.hostname = 'joined';
    config.linux.namespaces.push({ type: 'network' });
  });
  runtime.leave('create', '--bundle', first, 'joined');
  runtime.ok('start', 'joined');
  const { pid } = JSON.parse(runtime.ok('state', 'joined'));
  const files: Record<string, string> = { mount: 'mnt', network: 'net' };
  const kinds = ['user', 'mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'];
  const link = (kind: string) => readlinkSync(`/proc/${pid}/ns/${files[kind] ?? kind}`);
  const script =
    'cat /mark; hostname; for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done';
  await eventually('it runs', () => existsSync(`/proc/${pid}/root/mark`));
  const { code, stdout, stderr } = runtime.runIn(
    'joining',
    ['busybox', 'sh', '-c', script],
    (config) => {
      config.hostname = '';
      config.mounts = [];
      config.linux.maskedPaths = [];
      config.linux.readonlyPaths = [];
      config.linux.uidMappings = [];
      config.linux.gidMappings = [];
      config.linux.namespaces = kinds.map((type) => ({
        type,
        path: `/proc/${pid}/ns/${files[type] ?? type}`,
      }));
    },
  );
  t.equal(code, 0, stderr);
  t.same(stdout.trim().split('\n'), ['here', 'joined', ...kinds.map(link)]);
  runtime.ok('delete', '--force', 'joined');
});

t.test('owners of a mount are mapped where the kernel allows it', async (t) => {
  const scratch = (options: string[]): Config => ({
    destination: '/scratch',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['mode=777', ...options],
  });
  const busybox = ['busybox', 'stat', '-c', '%u:%g', '/scratch'];
  const mapped = runtime.runIn('mapped', busybox, (config) => {
    const [own] = config.linux.uidMappings;
    const [group] = config.linux.gidMappings;
    const one = (extent: Config) => [{ containerID: 0, hostID: extent.hostID, size: 1 }];
    config.mounts.push({
      ...scratch([]),
      uidMappings: one(own),
      gidMappings: one(group),
    });
  });
  // Before Linux 6.3 a tmpfs cannot be mapped.
  if (mapped.code === 0) t.equal(mapped.stdout, '0:0\n');
  else t.match(mapped.stderr, /id-mapped mount: invalid argument/);
  const bound = runtime.runIn('bound', busybox, (config) => {
    config.mounts.push({
      ...scratch(['ridmap']),
      type: 'bind',
      source: '/usr/share',
      options: ['rbind', 'ridmap'],
    });
  });
  t.match(bound, { code: 1, stderr: /id-mapped mount: operation not permitted/ });
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
