import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../../registry/real-registry.ts';
import {
  becomes,
  bryo,
  discard,
  home,
  inspect,
  install,
  property,
  type Result,
  systemctl,
  write,
} from './support.ts';

const update = (...flags: string[]): Result =>
  bryo('auto-update', '--format', '{{.Unit}} {{.Updated}}', ...flags);

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
  t.match(update(), { code: 0, stdout: 'app.service false\n' });
  bryo('commit', '--quiet', '--change', 'LABEL version=2', 'systemd-app', 'localhost/app:latest');
  t.match(bryo('auto-update', '--dry-run', '--format', '{{.Updated}}'), { stdout: 'pending\n' });
  t.match(update(), { code: 0, stdout: 'app.service true\n' });
  const second = image();
  t.not(second, first);
  bryo('exec', 'systemd-app', 'touch', '/broken');
  bryo('commit', '--quiet', 'systemd-app', 'localhost/app:latest');
  t.match(update(), { code: 0, stdout: 'app.service rolled back\n' });
  t.equal(image(), second);
  t.equal(property('app.service', 'ActiveState'), 'active');
  discard('app.container', 'app.service');
});

/** Makes an image of `hello` in which a command has been run. */
function makeImage(name: string, ...command: string[]): void {
  bryo('run', '--name', 'maker', 'hello', ...command);
  bryo('commit', '--quiet', 'maker', name);
  bryo('rm', 'maker');
}

t.test('auto-update from a registry, and back when the new one is not well', async (t) => {
  const registry = await startRegistry(t);
  const insecure = ['[[registry]]', `location = "${registry}"`, 'insecure = true'];
  write(join(home, '.config/containers'), 'registries.conf', insecure);
  const name = `${registry}/app:latest`;
  bryo('tag', 'hello', name);
  t.match(bryo('push', '--quiet', name), { code: 0, stderr: '' });
  install(
    'remote.container',
    '[Container]',
    ...[`Image=${name}`, 'Exec=sleep 1000', 'StopTimeout=0', 'AutoUpdate=registry'],
    ...['HealthCmd=test ! -e /sick', 'HealthInterval=1s', 'HealthRetries=1'],
  );
  t.match(systemctl('start', 'remote.service'), { code: 0, stderr: '' });
  const image = (): string => inspect('systemd-remote', '.Image');
  const first = image();
  t.match(update(), { code: 0, stdout: 'remote.service false\n' });
  const offer = (...command: string[]): string => {
    makeImage(name, ...command);
    const id = inspect(name, '.Id');
    t.match(bryo('push', '--quiet', name), { code: 0, stderr: '' });
    bryo('untag', name);
    return id;
  };
  const second = offer('touch', '/new');
  t.match(systemctl('start', 'bryo-auto-update.service'), { code: 0, stderr: '' });
  t.equal(property('bryo-auto-update.service', 'Result'), 'success');
  t.equal(image(), second, 'by the service that the timer starts');
  t.not(second, first);
  const third = offer('touch', '/sick');
  t.match(update(), { code: 0, stdout: 'remote.service rolled back\n', stderr: /Trying to pull/ });
  t.equal(image(), second);
  t.not(third, second);
  await becomes('remote.service', 'ActiveState', 'active');
  discard('remote.container', 'remote.service');
});
