// What scripts for podman expect of containers and volumes, each a small thing.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];

t.test('the environment and the files that tell of a container', async (t) => {
  t.match(sandbox.ok(...quick, 'hello', 'env'), /^container=podman$/m);
  const size = ['hello', 'stat', '-c', '%s', '/run/.containerenv'];
  t.equal(sandbox.ok(...quick, ...size), '0\n');
  t.match(sandbox.ok(...quick, '--privileged', 'hello', 'cat', '/run/.containerenv'), /^id="/m);
});

t.test('less than the own oom_score_adj is taken as that', async (t) => {
  const own = readFileSync('/proc/self/oom_score_adj', 'utf8');
  const words = ['--oom-score-adj=-1000', 'hello', 'cat', '/proc/self/oom_score_adj'];
  const { code, stdout, stderr } = sandbox.run([...quick, ...words]);
  t.same([code, stdout], [0, own]);
  t.match(
    stderr,
    / level=warning msg="Requested oom_score_adj=-1000 is lower than the current one/,
  );
});

t.test('standard input alone is attached', async (t) => {
  const id = sandbox.ok('run', '--name', 'in', '--network', 'none', '-a', 'stdin', 'hello', 'true');
  t.equal(id, sandbox.ok('inspect', '--format', '{{.Id}}', 'in'));
  sandbox.ok('rm', 'in');
});

t.test('a stop that waits is seen, and told of afterwards', async (t) => {
  const loop = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
  sandbox.ok('run', '-d', '--name', 'deaf', '--network', 'none', 'hello', 'sh', '-c', loop);
  await eventually('it is ready', () => sandbox.ok('logs', 'deaf') === 'ready\n');
  const shown = () =>
    sandbox.ok('inspect', '--format', '{{.State.Status}} {{.State.StoppedByUser}}', 'deaf');
  t.equal(shown(), 'running false\n');
  const stop = sandbox.start(['stop', '-t', '-1', 'deaf']);
  await eventually('it is stopping', () => shown() === 'stopping true\n');
  t.match(sandbox.ok('ps'), /Stopping/);
  stop.kill('SIGKILL');
  await eventually('whoever waited has gone', () => shown() === 'running true\n');
  const { stderr } = sandbox.run(['stop', '-t', '1', 'deaf']);
  t.match(
    stderr,
    /StopSignal SIGTERM failed to stop container deaf in 1 seconds, resorting to SIGKILL/,
  );
  sandbox.ok('rm', 'deaf');
});

t.test('errors by which scripts decide', async (t) => {
  sandbox.ok('volume', 'create', 'held');
  const id = sandbox
    .ok(
      'run',
      '-d',
      '--name',
      'holds',
      '--network',
      'none',
      '-v',
      'held:/v',
      'hello',
      'sleep',
      '1000',
    )
    .trim();
  const cases: [string[], number, string][] = [
    [
      ['volume', 'rm', 'held'],
      2,
      `volume held is being used by the following container(s): ${id}: volume is being used`,
    ],
    [['volume', 'inspect', 'none'], 125, 'no such volume none'],
    [['volume', 'rm', 'none'], 1, 'no volume with name "none" found: no such volume'],
    [
      ['rm', 'holds'],
      2,
      `cannot remove container ${id} as it is running - running or paused containers cannot be removed without force: container state improper`,
    ],
    [['rm', 'none'], 1, 'no container with ID or name "none" found: no such container'],
    [['kill', '-s', '0', 'holds'], 125, 'invalid signal: 0'],
    [['start', '--filter', 'restart-policy=fake', 'holds'], 125, 'fake invalid restart policy'],
    [
      ['stop', '--cidfile', '/no/file'],
      125,
      'reading CIDFile: open /no/file: no such file or directory',
    ],
    [[...quick, '-w', '/none', 'hello'], 126, 'workdir "/none" does not exist on container'],
    [
      [...quick, '--ulimit', 'core=-1:1000', 'hello'],
      125,
      'ulimit option "core=-1:1000" requires name=SOFT:HARD',
    ],
  ];
  for (const [words, status, text] of cases) {
    const { code, stderr } = sandbox.run(words);
    t.equal(code, status, words.join(' '));
    t.ok(stderr.includes(text), stderr);
  }
  sandbox.ok('rm', '-f', '-t', '0', 'holds');
  sandbox.ok('volume', 'rm', 'held');
});

t.test('an empty --publish is none', async (t) => {
  t.equal(sandbox.ok(...quick, '-p', '', 'hello', 'echo', 'hi'), 'hi\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
