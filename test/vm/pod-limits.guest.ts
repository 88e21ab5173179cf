import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const pod = (...args: string[]): string => sandbox.ok('pod', ...args);
const root = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service';
const cgroupfs = ['--cgroup-manager', 'cgroupfs'];

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

function status(name: string): string {
  return pod('inspect', '--format', '{{.State}}', name).trim();
}

/** The directory of a pod's group. */
function groupOf(name: string): string {
  return pod('inspect', '--format', '{{.CgroupPath}}', name).trim();
}

function read(group: string, file: string): string {
  return readFileSync(join(group, file), 'utf8').trim();
}

function systemctl(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('systemctl', ['--user', ...args], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: '/run/user/1000' },
  });
  if (status !== 0) throw new Error(`systemctl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A shell script among the user's own units, with bryo as "$@"; monitors that it starts stay. */
function asService(script: string): string {
  const unit = [
    '--user',
    '--pipe',
    '--wait',
    '--collect',
    '-p',
    'Delegate=yes',
    '-q',
    '-p',
    'KillMode=process',
  ];
  const words = [...unit, 'sh', '-ec', script, 'sh', ...sandbox.argv(cgroupfs)];
  const { status, stdout, stderr } = spawnSync('systemd-run', words, {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: '/run/user/1000' },
  });
  if (status !== 0 || stderr !== '') throw new Error(`status ${status}: ${stderr}`);
  return stdout;
}

/** Groups and units of pods that are left. */
function left(): string[] {
  const units = systemctl('list-units', '--all', '--plain', '--no-legend', '*bryo_pod*');
  const { stdout } = spawnSync('find', [root, '-name', '*bryo[_-]pod*'], { encoding: 'utf8' });
  return [...units.split('\n'), ...stdout.split('\n')].filter((line) => line !== '');
}

t.test('the limits are those of a slice around all containers', async (t) => {
  const limits = ['-m', '96m', '--memory-swap', '128m', '--cpus', '0.5', '--cpu-shares', '512'];
  const id = pod('create', '--name', 'p', '--network', 'none', ...limits).trim();
  t.equal(groupOf('p'), '', 'it is made when something starts');
  const member = ['run', '-d', '--pod', 'p', '--name'];
  const ends = ['hello', 'sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
  sandbox.ok(...member, 'one', '-m', '32m', ...ends);
  const slice = join(root, 'user.slice', `user-bryo_pod_${id}.slice`);
  t.equal(groupOf('p'), slice);
  sandbox.ok(...member, 'two', ...ends);
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', 'p').trim();
  for (const name of ['one', 'two', infra]) {
    t.equal(dirname(dirname(inspect(name, '.State.CgroupPath'))), slice, name);
    t.equal(inspect(name, '.HostConfig.CgroupParent'), basename(slice));
  }
  t.equal(read(inspect('one', '.State.CgroupPath'), 'memory.max'), String(32 << 20));
  t.equal(read(inspect('two', '.State.CgroupPath'), 'memory.max'), 'max');
  const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'cpu.weight'];
  const values = [String(96 << 20), String(32 << 20), '50000 100000', '20'];
  t.same(
    files.map((file) => read(slice, file)),
    values,
  );
  systemctl('daemon-reload');
  t.same(
    files.map((file) => read(slice, file)),
    values,
    'as systemd knows them',
  );
  sandbox.ok('exec', 'one', 'true');
  pod('restart', 'p');
  t.equal(read(slice, 'memory.max'), String(96 << 20));
  systemctl('stop', basename(slice));
  t.notOk(existsSync(slice));
  await eventually('all have ended', () => inspect('two', '.State.Status') === 'exited');
  pod('start', 'p');
  t.equal(read(slice, 'memory.max'), String(96 << 20), 'it is made again');
  pod('rm', '-f', '-t', '0', 'p');
  t.same(left(), []);
});

t.test('two containers have it together', async (t) => {
  pod('create', '--name', 'm', '--network', 'none', '-m', '64m', '--memory-swap', '64m');
  // A shell would execute its last command in its own place, and have no memory then.
  const fill = 'x=$(head -c 16000000 /dev/zero | tr "\\0" x); echo full; sleep 1000; true';
  const names = ['m1', 'm2', 'm3', 'm4'];
  const full = (name: string) => sandbox.ok('logs', name) === 'full\n';
  const state = (name: string, field: string) =>
    sandbox.run(['inspect', '--format', `{{.State.${field}}}`, name]).stdout.trim();
  const ended = (name: string) => state(name, 'Status') === 'exited';
  for (const name of names) {
    sandbox.ok('run', '-d', '--pod', 'm', '--name', name, 'hello', 'sh', '-c', fill);
    await eventually(`${name} has done what it can`, () => full(name) || names.some(ended));
    if (name === 'm1') t.notOk(ended(name), 'one of them fits');
    if (names.some(ended)) break;
  }
  const killed = names.filter((name) => state(name, 'OOMKilled') === 'true');
  t.not(killed.length, 0, 'one that was too many was killed');
  t.match(read(groupOf('m'), 'memory.events'), /^oom_kill [1-9]/m);
  pod('rm', '-f', '-t', '0', 'm');
  t.same(left(), []);
});

t.test('starts at the same time make it once', async (t) => {
  const id = pod('create', '--name', 'crowd', '--infra=false', '-m', '96m').trim();
  const names = ['c0', 'c1', 'c2'];
  const starts = names.map((name) =>
    sandbox.start(['run', '-d', '--pod', 'crowd', '--name', name, 'hello', 'sleep', '1000']),
  );
  const codes = await Promise.all(starts.map(async (child) => (await once(child, 'close'))[0]));
  t.same(codes, [0, 0, 0]);
  for (const name of names) t.match(inspect(name, '.State.CgroupPath'), `_${id}.slice/bryo-`);
  t.equal(read(groupOf('crowd'), 'memory.max'), String(96 << 20));
  pod('rm', '-f', '-t', '0', 'crowd');
  t.same(left(), []);
});

t.test('a parent, and a pod without a holder', async (t) => {
  const parent = ['--cgroup-parent', 'own.slice', '--infra=false'];
  const id = pod('create', '--name', 'below', ...parent, '--cpus', '1').trim();
  sandbox.ok('run', '-d', '--pod', 'below', '--name', 'b', 'hello', 'sleep', '1000');
  t.equal(groupOf('below'), join(root, 'own.slice', `own-bryo_pod_${id}.slice`));
  t.equal(read(groupOf('below'), 'cpu.max'), '100000 100000');
  pod('rm', '-f', '-t', '0', 'below');
  t.same(left(), []);
});

t.test('what cannot be had is an error, and nothing is left of it', async (t) => {
  pod('create', '--name', 'cpus', '--network', 'none', '--cpuset-cpus', '0');
  const { code, stderr } = sandbox.run(['run', '--rm', '--pod', 'cpus', 'hello', 'true']);
  t.equal(code, 125);
  t.match(stderr, /--cpuset-cpus of pod cpus needs the control group controller "cpuset"/);
  t.match(stderr, /user@\.service\.d/);
  t.same(left(), []);
  pod('rm', 'cpus');
});

t.test('pod rm whatever has become of it', async (t) => {
  const flags = ['--network', 'none', '-m', '64m'];
  const names = ['never', 'stopped', 'wiped'];
  for (const name of names) pod('create', '--name', name, ...flags);
  pod('rm', 'never');
  pod('start', 'stopped');
  const slice = groupOf('stopped');
  pod('stop', '-t', '0', 'stopped');
  systemctl('stop', basename(slice));
  pod('rm', 'stopped');
  pod('start', 'wiped');
  rmSync(sandbox.runroot, { recursive: true });
  pod('rm', '-f', '-t', '0', 'wiped');
  t.same(left(), []);
  pod('create', '--name', 'shell', ...flags);
  pod('start', 'shell');
  // As in a shell of su(1).
  const argv = sandbox.argv(['pod', 'rm', '-f', '-t', '0', 'shell']);
  const { XDG_RUNTIME_DIR: _, ...env } = process.env;
  const removed = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8', env });
  t.match(removed, { status: 0, stderr: '' });
  t.same(left(), []);
});

t.test('in what is delegated', async (t) => {
  const limits = '--name tree --network none -m 96m --memory-swap 96m --cpus 0.5';
  const script =
    `"$@" pod create ${limits}; for n in t1 t2; do "$@" run -d --pod tree --name $n hello sleep 1000; done; ` +
    '"$@" pod inspect --format "{{.CgroupPath}}" tree; "$@" inspect --format "{{.State.CgroupPath}}" t1 t2';
  const lines = asService(script).trim().split('\n');
  const [group = '', ...members] = lines.slice(3);
  t.equal(group, join(root, `bryo-pod-${lines[0]}`));
  t.same(
    members.map((path) => dirname(path)),
    [group, group],
  );
  t.equal(inspect('t1', '.HostConfig.CgroupParent'), group.replace('/sys/fs/cgroup', ''));
  t.equal(read(group, 'memory.max'), String(96 << 20));
  t.equal(read(group, 'memory.swap.max'), '0');
  t.equal(read(group, 'cpu.max'), '50000 100000');
  const other = sandbox.run(['run', '--rm', '--pod', 'tree', 'hello', 'true']);
  t.match(other, { code: 125, stderr: /--memory of pod tree cannot be had: others .* run in/ });
  t.equal(left().length, 1, 'no second group');
  pod('kill', 'tree');
  await eventually('all have ended', () => status('tree') === 'Exited');
  sandbox.ok('run', '--rm', '--pod', 'tree', 'hello', 'true');
  t.match(groupOf('tree'), /\.slice$/, 'once nothing runs it may be elsewhere');
  pod('rm', '-f', '-t', '0', 'tree');
  t.same(left(), []);
  asService(
    '"$@" pod create --name tree -m 64m --network none; "$@" pod start tree; "$@" pod rm -f -t 0 tree',
  );
  t.same(left(), []);
});

t.test('nothing is left behind', async (t) => {
  t.same(readdirSync(join(sandbox.root, 'pods')), []);
  t.same(sandbox.close(), []);
});
