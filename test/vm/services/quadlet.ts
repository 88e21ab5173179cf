import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../../support/bryo.ts';
import {
  becomes,
  bryo,
  home,
  inspect,
  install,
  ownUnits,
  property,
  systemctl,
  write,
} from './support.ts';

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
  await becomes('well.service', 'ActiveState', 'active');
  systemctl('stop', 'well.service');
});

/** Answers each connection to the socket that it was handed with who it is and what it was told. */
const server = [
  'open(my $socket, "+<&=", 3) or die;',
  'while (accept(my $client, $socket)) {',
  '  my $line = <$client>;',
  '  print $client "$ENV{LISTEN_FDS} $ENV{LISTEN_PID} $$ $line";',
  '  close $client;',
  '}',
].join('\n');

t.test('sockets are handed on', async (t) => {
  const out = join(home, 'out');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'serve.pl'), server);
  // The machine's own perl: hello has nothing that accepts from a descriptor.
  install(
    'sock.container',
    '[Container]',
    'Image=hello',
    'StopTimeout=0',
    `Volume=${out}:/out`,
    'Volume=/usr:/usr:ro',
    'Exec=/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 /usr/bin/perl /out/serve.pl',
  );
  write(ownUnits, 'sock.socket', ['[Socket]', 'ListenStream=127.0.0.1:8899']);
  systemctl('daemon-reload');
  t.match(systemctl('start', 'sock.socket'), { code: 0 });
  t.not(property('sock.service', 'ActiveState'), 'active', 'nothing runs before it is asked');
  const ask = (line: string): string =>
    spawnSync('nc', ['-N', '127.0.0.1', '8899'], { input: line, encoding: 'utf8' }).stdout;
  t.equal(ask('first\n'), '1 1 1 first\n', 'the one that started it is answered');
  t.equal(ask('second\n'), '1 1 1 second\n');
  t.equal(property('sock.service', 'ActiveState'), 'active');
  systemctl('stop', 'sock.socket', 'sock.service');
  rmSync(join(ownUnits, 'sock.socket'));
});

t.test('a one-shot job, as a template', async (t) => {
  const out = join(home, 'out');
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
