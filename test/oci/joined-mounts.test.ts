import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';
import { type Config, Runtime } from './bundle.ts';

/** Mount namespaces that are joined, with mounts. */
const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root joins those of the host' };

t.test('namespaces of users and mounts that are joined together', async (t) => {
  const holding = ['unshare', '--user', '--map-root-user', '--mount', 'sleep', '100'];
  const [program = '', ...rest] = asTestUser(['sh', '-c', `echo $$; exec ${holding.join(' ')}`]);
  const holder = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let pid = '';
  holder.stdout.setEncoding('utf8').on('data', (text: string) => {
    pid += text;
  });
  await eventually('namespaces', () => {
    const command = pid === '' ? '' : readFileSync(`/proc/${pid.trim()}/comm`, 'utf8');
    return command === 'sleep\n';
  });
  const script = 'busybox readlink /proc/self/ns/mnt; ls /; ls /m';
  const runtime = new Runtime();
  const { stdout, stderr } = runtime.runIn('joined', ['sh', '-c', script], (config) => {
    for (const namespace of config.linux.namespaces) {
      if (namespace.type === 'user') namespace.path = `/proc/${pid.trim()}/ns/user`;
      if (namespace.type === 'mount') namespace.path = `/proc/${pid.trim()}/ns/mnt`;
    }
    config.linux.uidMappings = undefined;
    config.linux.gidMappings = undefined;
    config.mounts.push({ destination: '/m', type: 'bind', source: '/usr/bin', options: ['rbind'] });
  });
  const [namespace, ...names] = stdout.split('\n');
  t.equal(stderr, '');
  t.equal(namespace, readlinkSync(`/proc/${pid.trim()}/ns/mnt`));
  t.ok(names.includes('m') && names.includes('env') && !names.includes('usr'));
  process.kill(Number(pid), 'SIGKILL');
  t.same(runtime.sandbox.close(), []);
});

/** A process in a mount namespace of its own, of which everything is a copy of the host's. */
async function holdMounts(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--mount', '--propagation', 'shared', 'sleep', '100'], {
    stdio: 'ignore',
  });
  const own = readlinkSync('/proc/self/ns/mnt');
  await eventually('a mount namespace', () => readlinkSync(`/proc/${holder.pid}/ns/mnt`) !== own);
  return holder;
}

function joinMounts(config: Config, path: string): void {
  config.linux.namespaces.find(({ type }: Config) => type === 'mount').path = path;
}

t.test("a mount namespace that is joined becomes the container's", onlyRoot, async (t) => {
  const runtime = new Runtime('root');
  const holder = await holdMounts();
  const path = `/proc/${holder.pid}/ns/mnt`;
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  const within = readFileSync(`/proc/${holder.pid}/mountinfo`, 'utf8').split('\n').length;
  // Where it cannot be made, the namespace is left as it was.
  const failed = runtime.runIn('fails', ['true'], (config) => {
    joinMounts(config, path);
    config.mounts.push({ destination: '/m', type: 'moon', source: 'moon', options: [] });
  });
  t.match(failed, { code: 1, stderr: /moon/ });
  t.equal(readFileSync(`/proc/${holder.pid}/mountinfo`, 'utf8').split('\n').length, within);
  const script = 'busybox readlink /proc/self/ns/mnt; ls /; ls /m; busybox wc -l </proc/mounts';
  const { code, stdout, stderr } = runtime.runIn('joins', ['sh', '-c', script], (config) => {
    joinMounts(config, path);
    config.mounts.push({ destination: '/m', type: 'tmpfs', source: 'm', options: [] });
  });
  const [namespace, ...lines] = stdout.split('\n');
  t.same([code, stderr, namespace], [0, '', readlinkSync(path)]);
  t.notOk(lines.includes('usr'), 'nothing is left of what was its root');
  t.ok(lines.includes('bin') && lines.includes('m'));
  t.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before, 'nothing reaches the host');
  holder.kill('SIGKILL');
  t.same(runtime.sandbox.close(), []);
});

t.test("the host's own mount namespace stays the host's", onlyRoot, async (t) => {
  const runtime = new Runtime('root');
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  // In some virtual machines nobody sees the namespaces of process 1.
  const paths = [`/proc/${process.pid}/ns/mnt`, '/proc/1/ns/mnt'].filter((path) =>
    existsSync(path),
  );
  t.ok(paths.length > 0);
  for (const path of paths) {
    const result = runtime.runIn(`host${path.length}`, ['true'], (config) =>
      joinMounts(config, path),
    );
    t.match(result, {
      code: 1,
      stderr: /mounts cannot be made in the host's own mount namespace\n$/,
    });
  }
  t.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
  t.same(runtime.sandbox.close(), []);
});
