/** What root of the machine runs, with the system's own service manager. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { home } from './services/support.ts';

const directory = mkdtempSync('/var/tmp/bryo-root-');
// Its containers' ids must be able to pass through.
chmodSync(directory, 0o711);
const flags = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run')];

/** Runs bryo as root; what it says, or an error with what went wrong. */
function ok(...args: string[]): string {
  const program = join(home, '.local/bin/bryo');
  const { status, stdout, stderr } = spawnSync(program, [...flags, ...args], {
    encoding: 'utf8',
    cwd: '/',
    timeout: 240_000,
  });
  if (status === 0 && stderr === '') return stdout;
  throw new Error(`bryo ${args.join(' ')}: status ${status}: ${stderr}`);
}

const inspect = (name: string, field: string): string =>
  ok('inspect', '--format', `{{${field}}}`, name).trim();

t.before(() => {
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    if (!/^root:/m.test(readFileSync(file, 'utf8'))) appendFileSync(file, 'root:700000:65536\n');
  }
});

t.test('a container has a scope among the machine’s, and ids that are not root’s', async (t) => {
  ok('run', '-d', '--name', 'c', '-m', '64m', '--network', 'none', 'hello', 'sleep', '300');
  const group = inspect('c', '.State.CgroupPath');
  t.match(group, /^\/sys\/fs\/cgroup\/machine\.slice\/bryo-[0-9a-f]{64}\.scope\/container$/);
  t.equal(readFileSync(join(group, 'memory.max'), 'utf8'), `${64 << 20}\n`);
  const pid = inspect('c', '.State.Pid');
  t.equal(readFileSync(join(group, 'cgroup.procs'), 'utf8'), `${pid}\n`, 'and nothing else');
  t.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t700000\t/m);
  t.equal(ok('exec', 'c', 'cat', '/proc/self/cgroup'), '0::/\n', 'so is what joins it');
  ok('rm', '-f', '-t', '0', 'c');
});

t.test('the network helper leaves the machine’s mounts alone', async (t) => {
  // Users come and go meanwhile (boot.root.ts).
  const mounts = (): string =>
    readFileSync('/proc/self/mounts', 'utf8').replaceAll(/^\S+ \/run\/user\/.*\n/gm, '');
  const before = mounts();
  ok('run', '--rm', 'hello', 'true');
  t.equal(mounts(), before);
});

t.test('a pod with limits has a slice there', async (t) => {
  ok('pod', 'create', '--name', 'p', '-m', '80m');
  ok('run', '-d', '--pod', 'p', '--name', 'm', 'hello', 'sleep', '300');
  const group = inspect('m', '.State.CgroupPath');
  const [, slice = ''] =
    /^(\/sys\/fs\/cgroup\/machine\.slice\/machine-bryo_pod_[0-9a-f]{64}\.slice)\//.exec(group) ??
    [];
  t.not(slice, '', group);
  t.equal(readFileSync(join(slice, 'memory.max'), 'utf8'), `${80 << 20}\n`);
  ok('pod', 'rm', '-f', '-t', '0', 'p');
});

t.test('nothing is left', async (t) => {
  t.equal(ok('ps', '-aq'), '');
  spawnSync('rm', ['-rf', directory]);
});
