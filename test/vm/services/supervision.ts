import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../../support/bryo.ts';
import {
  becomes,
  bryo,
  discard,
  home,
  inspect,
  install,
  property,
  run,
  sleeper,
  systemctl,
} from './support.ts';

/** Pids below a unit's control group. */
function processesOf(group: string): string[] {
  const path = join('/sys/fs/cgroup', group);
  if (!existsSync(path)) return [];
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  return [...own, ...below.flatMap(({ name }) => processesOf(join(group, name)))];
}

t.test('the watchdog is fed while the container is well, and bites when it is not', async (t) => {
  const health = ['HealthCmd=test ! -e /sick', 'HealthInterval=1s', 'HealthRetries=1'];
  install('dog.container', ...sleeper, ...health, '[Service]', 'WatchdogSec=20');
  t.match(systemctl('start', 'dog.service'), { code: 0, stderr: '' });
  const fed = (): string => property('dog.service', 'WatchdogTimestampMonotonic');
  for (const time of ['once', 'twice']) {
    const before = fed();
    await eventually(`the watchdog is fed ${time}`, () => fed() !== before);
  }
  bryo('exec', 'systemd-dog', 'touch', '/sick');
  await becomes('dog.service', 'Result', 'watchdog');
  await becomes('dog.service', 'ActiveState', 'failed');
  t.match(bryo('container', 'exists', 'systemd-dog'), { code: 1 });
  discard('dog.container', 'dog.service');
});

t.test('the end by SIGTERM is a status, which a unit may call a success', async (t) => {
  const script = 'Exec=sh -c "trap \'exit 143\' TERM; sleep 1000 & wait"';
  install(
    'term.container',
    '[Container]',
    'Image=hello',
    script,
    '[Service]',
    'Restart=on-failure',
    'SuccessExitStatus=143',
  );
  t.match(systemctl('start', 'term.service'), { code: 0, stderr: '' });
  bryo('kill', '--signal', 'TERM', 'systemd-term');
  await becomes('term.service', 'ActiveState', 'inactive');
  t.match(systemctl('is-failed', 'term.service'), { stdout: 'inactive\n' });
  t.match(bryo('container', 'exists', 'systemd-term'), { code: 1 });
  discard('term.container', 'term.service');
});

t.test('when the monitor is killed, systemd ends the rest', async (t) => {
  const script = 'Exec=sh -c "sleep 1001 & sleep 1002 & wait"';
  install('gone.container', '[Container]', 'Image=hello', script);
  t.match(systemctl('start', 'gone.service'), { code: 0, stderr: '' });
  const group = property('gone.service', 'ControlGroup');
  t.equal(property('gone.service', 'KillMode'), 'mixed');
  t.ok(processesOf(group).length >= 5, 'three in the container, the monitor, the network helper');
  run('kill', '-KILL', inspect('systemd-gone', '.State.ConmonPid'));
  await becomes('gone.service', 'ActiveState', 'failed');
  t.same(processesOf(group), []);
  t.match(bryo('container', 'exists', 'systemd-gone'), { code: 1 });
  discard('gone.container', 'gone.service');
});

t.test('services stop in their order', async (t) => {
  const out = join(home, 'order');
  mkdirSync(out, { recursive: true });
  const server = (name: string): string[] => [
    '[Container]',
    'Image=hello',
    `Volume=${out}:/out`,
    `Exec=sh -c "trap 'echo ${name} >>/out/seen; exit 0' TERM; sleep 1000 & wait"`,
  ];
  install('db.container', ...server('db'));
  const unit = ['[Unit]', 'Requires=db.container', 'After=db.container'];
  t.match(install('front.container', ...unit, ...server('front')), { code: 0, stderr: '' });
  t.match(systemctl('start', 'front.service'), { code: 0, stderr: '' });
  t.match(systemctl('stop', 'db.service'), { code: 0, stderr: '' });
  await becomes('front.service', 'ActiveState', 'inactive');
  t.equal(readFileSync(join(out, 'seen'), 'utf8'), 'front\ndb\n');
  for (const name of ['front', 'db']) discard(`${name}.container`, `${name}.service`);
});

t.test('the health of a service, asked from a session', async (t) => {
  const health = ['HealthCmd=test ! -e /sick', 'HealthInterval=disable'];
  install('ask.container', ...sleeper, ...health);
  t.match(systemctl('start', 'ask.service'), { code: 0, stderr: '' });
  t.match(bryo('healthcheck', 'run', 'systemd-ask'), { code: 0 });
  t.match(bryo('exec', 'systemd-ask', 'cat', '/proc/self/cgroup'), { code: 0, stdout: '0::/\n' });
  t.match(bryo('exec', 'systemd-ask', 'touch', '/sick'), { code: 0, stderr: '' });
  t.match(bryo('healthcheck', 'run', 'systemd-ask'), { code: 1 });
  discard('ask.container', 'ask.service');
});
