import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../../support/bryo.ts';
import { bryo, inspect, ownUnits, property, systemctl, write } from './support.ts';

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
  t.match(property('default.target', 'Wants'), /\bbryo-restart\.service\b/);
  t.match(systemctl('start', 'bryo-auto-update.timer'), { code: 0 });
  t.match(systemctl('list-timers'), { stdout: /bryo-auto-update\.timer/ });
  bryo('rm', '-f', 'always');
});

t.test('a unit that generate systemd prints', async (t) => {
  const script = "trap 'exit 143' TERM; echo ready; sleep 1000 & wait";
  bryo('create', '--name', 'gen', 'hello', 'sh', '-c', script);
  for (const flags of [[], ['--new']]) {
    const { stdout } = bryo('generate', 'systemd', '--name', ...flags, 'gen');
    write(ownUnits, 'container-gen.service', stdout.trimEnd().split('\n'));
    systemctl('daemon-reload');
    t.match(systemctl('start', 'container-gen.service'), { code: 0, stderr: '' });
    t.equal(inspect('gen', '.State.Status'), 'running');
    // Before the trap is set TERM would be lost: process 1 has no default action.
    await eventually('the signal is caught', () =>
      bryo('logs', '--tail', '1', 'gen').stdout.startsWith('ready'),
    );
    t.equal(property('container-gen.service', 'MainPID'), inspect('gen', '.State.ConmonPid'));
    t.match(systemctl('stop', 'container-gen.service'), { code: 0 });
    t.equal(property('container-gen.service', 'ActiveState'), 'inactive');
    t.not(inspect('gen', '.State.Status'), 'running');
  }
  rmSync(join(ownUnits, 'container-gen.service'));
  bryo('rm', '-f', 'gen');
});
