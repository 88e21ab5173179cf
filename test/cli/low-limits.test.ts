// Callers whose hard limits are lower than what a container was started with.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { eventually, type Result, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const limits = ['--nofile=300:300', '--nproc=3000:3000', '--memlock=4096:4096'];
const show = ['sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Hu; ulimit -Hl'];

/** Runs bryo as somebody who may have less. */
function runLow(...args: string[]): Result {
  const options = { encoding: 'utf8', cwd: '/' } as const;
  const result = spawnSync('prlimit', [...limits, ...sandbox.argv(args)], options);
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}

t.test('exec takes the lower of the limits, and keeps those that are lower already', async (t) => {
  const flags = ['--ulimit', 'nofile=200:1000', '--ulimit', 'nproc=2000:2000'];
  sandbox.ok('run', '-d', '--name', 'box', '--network', 'none', ...flags, 'hello', 'sleep', '1000');
  t.match(runLow('exec', 'box', ...show), { code: 0, stdout: '200\n300\n2000\n4\n', stderr: '' });
  t.match(sandbox.ok('exec', 'box', ...show), /^200\n1000\n2000\n/, 'others are not concerned');
  sandbox.ok('rm', '-f', '-t', '0', 'box');
});

t.test('a container is started and restarted with the limits of who starts it', async (t) => {
  const script = 'ulimit -Hn; ulimit -Hu; exit 1';
  const flags = ['--name', 'late', '--network', 'none', '--restart', 'on-failure:1'];
  sandbox.ok('create', ...flags, 'hello', 'sh', '-c', script);
  t.match(runLow('start', 'late'), { code: 0, stderr: '' });
  const logs = (): string => sandbox.ok('logs', 'late');
  await eventually('it has run twice', () => logs().split('\n').length > 4);
  t.equal(logs(), '300\n3000\n300\n3000\n');
  sandbox.ok('rm', '-f', '-t', '0', 'late');
});

t.test('a probe has those of the container', async (t) => {
  const health = ['--health-cmd', 'ulimit -Hn', '--health-interval', 'disable'];
  const flags = ['-d', '--name', 'well', '--network', 'none', ...health];
  t.match(runLow('run', ...flags, 'hello', 'sleep', '1000'), { code: 0, stderr: '' });
  sandbox.ok('healthcheck', 'run', 'well');
  t.equal(
    sandbox.ok('inspect', '-f', '{{(index .State.Health.Log 0).Output}}', 'well').trim(),
    '300',
  );
  sandbox.ok('rm', '-f', '-t', '0', 'well');
});

t.test('a limit that is asked for and cannot be had is an error', async (t) => {
  const asked = ['--rm', '--network', 'none', '--ulimit', 'nofile=1000:1000'];
  t.match(runLow('run', ...asked, 'hello', 'true'), {
    code: 126,
    stderr: /resource limit \(--ulimit\)/,
  });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
