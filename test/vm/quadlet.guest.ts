import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';

// The installed product, the user's own store and service manager: as on a user's machine.
const env = { ...process.env, XDG_RUNTIME_DIR: '/run/user/1000' };
const drafts = join(homedir(), 'drafts');
const ownUnits = join(homedir(), '.config/systemd/user');

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(program: string, ...args: string[]): Result {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  return { code: status, stdout, stderr };
}

const bryo = (...args: string[]): Result => run('bryo', ...args);
const systemctl = (...args: string[]): Result => run('systemctl', '--user', ...args);

function property(unit: string, name: string): string {
  return systemctl('show', '--property', name, '--value', unit).stdout.trim();
}

function inspect(name: string, template: string): string {
  return bryo('inspect', '--format', `{{${template}}}`, name).stdout.trim();
}

function draft(name: string, lines: readonly string[]): string {
  mkdirSync(drafts, { recursive: true });
  const path = join(drafts, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function install(name: string, ...lines: string[]): Result {
  return bryo('quadlet', 'install', '--replace', draft(name, lines));
}

t.test('a service: its main process is the monitor, and nothing else of ours stays', async (t) => {
  t.match(install('data.volume', '[Volume]', 'Label=app=web'), { code: 0 });
  const web = ['[Unit]', 'Description=Web', '[Container]', 'Image=hello', 'Exec=sleep 1000'];
  const more = [
    'Volume=data.volume:/data',
    'Memory=64m',
    'StopTimeout=1',
    '[Service]',
    'Restart=on-failure',
  ];
  t.match(install('web.container', ...web, ...more), { code: 0, stderr: '' });
  t.match(systemctl('start', 'web.service'), { code: 0, stderr: '' });
  t.equal(property('web.service', 'ActiveState'), 'active');
  t.equal(property('web.service', 'Type'), 'notify');
  const monitor = property('web.service', 'MainPID');
  t.equal(monitor, inspect('systemd-web', '.State.ConmonPid'));
  const group = property('web.service', 'ControlGroup');
  t.match(inspect('systemd-web', '.State.CgroupPath'), `${group}/`);
  const below = join('/sys/fs/cgroup', group);
  t.equal(
    readFileSync(join(inspect('systemd-web', '.State.CgroupPath'), 'memory.max'), 'utf8'),
    `${64 << 20}\n`,
  );
  const ours = readFileSync(join(below, 'monitor/cgroup.procs'), 'utf8').trim().split('\n');
  const names = ours.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  t.equal(names.length, 2, names.join(' '));
  t.ok(names.includes('slirp4netns'));
  t.match(bryo('volume', 'ls', '-q'), { stdout: /^systemd-data$/m });
  t.equal(property('data-volume.service', 'ActiveState'), 'active');
});

t.test('systemd starts it again when it has failed', async (t) => {
  const before = property('web.service', 'MainPID');
  bryo('kill', '--signal', 'KILL', 'systemd-web');
  await eventually('it has been started again', () => {
    const now = property('web.service', 'MainPID');
    return now !== before && now !== '0' && property('web.service', 'ActiveState') === 'active';
  });
  t.equal(property('web.service', 'NRestarts'), '1');
});

t.test('a stop ends and removes the container', async (t) => {
  t.match(systemctl('stop', 'web.service'), { code: 0 });
  t.equal(bryo('ps', '-aq').stdout, '');
  t.notOk(
    existsSync(
      join('/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/web.service'),
    ),
  );
  t.match(bryo('quadlet', 'list', '--format', '{{.Name}} {{.Status}}'), {
    stdout: /^web\.container (inactive|failed)$/m,
  });
});

t.test('ready once it is healthy', async (t) => {
  const health = [
    'HealthCmd=test -e /ok',
    'HealthInterval=1s',
    'HealthStartPeriod=1h',
    'Notify=healthy',
  ];
  install(
    'well.container',
    '[Container]',
    'Image=hello',
    'Exec=sleep 1000',
    'StopTimeout=0',
    ...health,
  );
  t.match(systemctl('start', '--no-block', 'well.service'), { code: 0 });
  await eventually('it runs', () => inspect('systemd-well', '.State.Status') === 'running');
  t.equal(property('well.service', 'ActiveState'), 'activating');
  t.match(bryo('exec', 'systemd-well', 'touch', '/ok'), { code: 0 });
  await eventually('it is ready', () => property('well.service', 'ActiveState') === 'active');
  systemctl('stop', 'well.service');
});

t.test('sockets are handed on', async (t) => {
  const script =
    'echo $LISTEN_FDS $LISTEN_PID $$ >/out/seen; readlink /proc/self/fd/3 >>/out/seen; exec sleep 100';
  const out = join(homedir(), 'out');
  mkdirSync(out, { recursive: true });
  install(
    'sock.container',
    '[Container]',
    'Image=hello',
    'StopTimeout=0',
    `Volume=${out}:/out`,
    `Exec=sh -c "${script.replaceAll('$', '$$$$')}"`,
  );
  mkdirSync(ownUnits, { recursive: true });
  writeFileSync(join(ownUnits, 'sock.socket'), '[Socket]\nListenStream=127.0.0.1:8899\n');
  systemctl('daemon-reload');
  t.match(systemctl('start', 'sock.socket'), { code: 0 });
  run('nc', '-z', '127.0.0.1', '8899');
  await eventually('it is started', () => property('sock.service', 'ActiveState') === 'active');
  await eventually(
    'it has written',
    () => existsSync(join(out, 'seen')) && /socket/.test(readFileSync(join(out, 'seen'), 'utf8')),
  );
  t.match(readFileSync(join(out, 'seen'), 'utf8'), /^1 1 1\nsocket:\[\d+\]\n$/);
  systemctl('stop', 'sock.socket', 'sock.service');
  rmSync(join(ownUnits, 'sock.socket'));
});

t.test('a one-shot job, as a template', async (t) => {
  const out = join(homedir(), 'out');
  const job = [
    '[Container]',
    'Image=hello',
    `Volume=${out}:/out`,
    'Exec=sh -c "echo %i >/out/job"',
    '[Service]',
    'Type=oneshot',
  ];
  install('job@.container', ...job);
  t.match(systemctl('start', 'job@blue.service'), { code: 0 });
  t.equal(readFileSync(join(out, 'job'), 'utf8'), 'blue\n');
  t.equal(bryo('ps', '-aq').stdout, '');
  const failing = [
    '[Container]',
    'Image=hello',
    'Exec=sh -c "exit 3"',
    '[Service]',
    'Type=oneshot',
  ];
  install('bad.container', ...failing);
  t.not(systemctl('start', 'bad.service').code, 0);
  t.equal(property('bad.service', 'ExecMainStatus'), '3');
});

t.test('auto-update by a local image, and back when it does not come up', async (t) => {
  bryo('tag', 'hello', 'localhost/app:latest');
  const first = inspect('localhost/app', '.Id');
  const lines = [
    'Image=localhost/app:latest',
    'Exec=sh -c "test ! -e /broken && exec sleep 1000"',
    'AutoUpdate=local',
    'StopTimeout=0',
  ];
  const health = ['HealthCmd=true', 'HealthInterval=1s', 'Notify=healthy'];
  install('app.container', '[Container]', ...lines, ...health, '[Service]', 'TimeoutStartSec=60');
  t.match(systemctl('start', 'app.service'), { code: 0 });
  const image = (): string => inspect('systemd-app', '.Image');
  const update = (): Result => bryo('auto-update', '--format', '{{.Unit}} {{.Updated}}');
  t.match(update(), { code: 0, stdout: 'app.service false\n' });
  bryo('commit', '--quiet', '--change', 'LABEL version=2', 'systemd-app', 'localhost/app:latest');
  t.match(bryo('auto-update', '--dry-run', '--format', '{{.Updated}}'), { stdout: 'pending\n' });
  t.match(update(), { code: 0, stdout: 'app.service true\n' });
  const second = image();
  t.not(second, first);
  bryo('exec', 'systemd-app', 'touch', '/broken');
  bryo('commit', '--quiet', 'systemd-app', 'localhost/app:latest');
  t.match(update(), { code: 125, stdout: 'app.service rolled back\n', stderr: /old one again/ });
  t.equal(image(), second);
  t.equal(property('app.service', 'ActiveState'), 'active');
  systemctl('stop', 'app.service');
});

t.test('restart policies at boot', async (t) => {
  bryo(
    'create',
    '--name',
    'always',
    '--restart',
    'always',
    '--stop-timeout',
    '0',
    'hello',
    'sleep',
    '1000',
  );
  t.match(systemctl('restart', 'bryo-restart.service'), { code: 0 });
  t.equal(inspect('always', '.State.Status'), 'running');
  t.match(systemctl('stop', 'bryo-restart.service'), { code: 0 });
  t.equal(inspect('always', '.State.Status'), 'exited');
  t.match(systemctl('is-enabled', 'bryo-restart.service'), {
    stdout: /enabled|static|linked|alias/,
  });
  t.match(systemctl('start', 'bryo-auto-update.timer'), { code: 0 });
  t.match(systemctl('list-timers'), { stdout: /bryo-auto-update\.timer/ });
  bryo('rm', '-f', 'always');
});

t.test('a unit that generate systemd prints', async (t) => {
  bryo('create', '--name', 'gen', '--stop-timeout', '0', 'hello', 'sleep', '1000');
  for (const flags of [[], ['--new']]) {
    const { stdout } = bryo('generate', 'systemd', '--name', ...flags, 'gen');
    writeFileSync(join(ownUnits, 'container-gen.service'), stdout);
    systemctl('daemon-reload');
    t.match(systemctl('start', 'container-gen.service'), { code: 0, stderr: '' });
    t.equal(inspect('gen', '.State.Status'), 'running');
    t.match(systemctl('stop', 'container-gen.service'), { code: 0 });
    t.not(inspect('gen', '.State.Status'), 'running');
  }
  rmSync(join(ownUnits, 'container-gen.service'));
  bryo('rm', '-f', 'gen');
});

t.test('rm removes services; nothing is left behind', async (t) => {
  t.match(bryo('quadlet', 'rm', '--all', '--force'), { code: 0 });
  t.match(systemctl('start', 'web.service'), { stderr: /not found/ });
  t.equal(bryo('ps', '-aq').stdout, '');
  bryo('volume', 'prune', '--force');
  rmSync(drafts, { recursive: true });
});
