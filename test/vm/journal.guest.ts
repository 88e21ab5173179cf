import { spawnSync } from 'node:child_process';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const journald = ['--log-driver', 'journald'];

t.test('a log in the journal', async (t) => {
  const script = 'echo one; echo two >&2; printf three';
  sandbox.run(['run', '--name', 'j', ...journald, 'hello', 'sh', '-c', script]);
  await eventually('the journal has it', () =>
    /one\n.*three$/s.test(sandbox.run(['logs', 'j']).stdout),
  );
  t.match(sandbox.run(['logs', 'j']), { code: 0, stdout: 'one\nthree', stderr: 'two\n' });
  // Which of the two streams came last is not known.
  const last = sandbox.run(['logs', '--tail', '1', 'j']);
  t.match(last.stdout + last.stderr, /^(three|two\n)$/);
  t.match(sandbox.run(['logs', '-t', 'j']).stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z one$/m);
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'j').trim();
  const asked = ['-o', 'cat', '--no-pager', `CONTAINER_ID_FULL=${id}`, 'PRIORITY=3'];
  const { stdout } = spawnSync('journalctl', asked, { encoding: 'utf8' });
  t.equal(stdout, 'two\n');
  sandbox.ok('rm', 'j');
});

t.test('one that is followed', async (t) => {
  const script = 'for i in 1 2 3; do echo line $i; sleep 1; done';
  sandbox.ok('run', '-d', '--name', 'f', ...journald, 'hello', 'sh', '-c', script);
  t.equal(sandbox.run(['logs', '-f', 'f']).stdout, 'line 1\nline 2\nline 3\n');
  sandbox.ok('rm', 'f');
});

t.test('events in the journal', async (t) => {
  const global = ['--events-backend', 'journald'];
  sandbox.ok(...global, 'run', '--rm', '--name', 'e', 'hello', 'true');
  const past = [...global, 'events', '--stream=false', '--format', '{{.Status}}'];
  const seen = (): string => sandbox.ok(...past, '--filter', 'container=e');
  await eventually('the last is there', () => /remove\n$/.test(seen()));
  t.equal(seen(), 'create\ninit\nstart\ndied\ncleanup\nremove\n');
});

t.test('health with a control group', async (t) => {
  const flags = [
    '--health-cmd',
    'test "$(cat /proc/self/cgroup)" = 0::/',
    '--health-interval',
    '1s',
  ];
  sandbox.ok('run', '-d', '--name', 'h', ...flags, 'hello', 'sleep', '1000');
  const status = (): string => sandbox.ok('inspect', '--format', '{{.State.Health.Status}}', 'h');
  await eventually('it is well', () => status() === 'healthy\n');
  sandbox.ok('pause', 'h');
  t.match(sandbox.run(['healthcheck', 'run', 'h']), { code: 125, stderr: /is paused/ });
  sandbox.ok('unpause', 'h');
  await eventually(
    'it is checked again',
    () => sandbox.run(['healthcheck', 'run', 'h']).code === 0,
  );
  sandbox.run(['rm', '-f', '-t', '0', 'h']);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
