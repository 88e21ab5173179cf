// Several operations of one process on the same containers, as a server has them.
import { spawnSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import type { Outcome } from '../support/in-process.ts';
import { productDirectory } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();

/** In the order in which they ended. */
function atOnce(
  lines: readonly string[],
  env: Record<string, string> = {},
): (Outcome & { line: string })[] {
  const script = join(productDirectory(), 'dist', 'js', 'test', 'cli', 'at-once.js');
  const node = realpathSync(process.execPath);
  const argv = asTestUser([node, script, sandbox.root, sandbox.runroot, ...lines], env);
  const [program = '', ...rest] = argv;
  const { stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof atOnce>;
}

t.test('starts of one container wait for each other', async (t) => {
  sandbox.ok('create', '--name', 'a', '--network', 'none', 'hello', 'sleep', '1000');
  const outcomes = atOnce(['start a', 'start a', 'ps -aq']);
  const starts = outcomes.filter(({ line }) => line === 'start a');
  t.same(
    starts.map(({ out, err }) => out + err),
    ['a', 'a'],
  );
  t.equal(sandbox.ok('ps', '--format', '{{.Names}} {{.State}}'), 'a running\n');
});

t.test('restarts, removals and new containers with a volume', async (t) => {
  const create = 'create --network none -v data:/data --name';
  const outcomes = atOnce([
    'restart -t 0 a',
    `${create} b hello true`,
    'rm -f -t 0 a',
    `${create} c hello true`,
    'volume rm data',
  ]);
  t.equal(outcomes.length, 5, 'all come to an end');
  const sure = outcomes.filter(({ line }) => !/^(restart|volume)/.test(line));
  for (const { line, status, err } of sure) t.equal(status, 0, `${line}: ${err}`);
  t.equal(sandbox.ok('ps', '-a', '--sort', 'names', '--format', '{{.Names}}'), 'b\nc\n');
  t.equal(sandbox.ok('volume', 'ls', '-q'), 'data\n');
});

t.test('a start that takes its time lets others go on', async (t) => {
  const helpers = sandbox.makeDirectory('helpers');
  const slow = '#!/bin/sh\nsleep 1\nexec /usr/bin/slirp4netns "$@"\n';
  writeFileSync(join(helpers, 'slirp4netns'), slow, { mode: 0o755 });
  sandbox.ok('create', '--name', 'slow', '--network', 'slirp4netns', 'hello', 'sleep', '1000');
  const outcomes = atOnce(['start slow', 'ps -q', 'inspect -f {{.State.Status}} slow'], {
    PATH: `${helpers}:/usr/sbin:/usr/bin:/sbin:/bin`,
  });
  t.equal(outcomes.at(-1)?.line, 'start slow');
  t.equal(outcomes.at(-1)?.out, 'slow');
  sandbox.ok('rm', '-f', '-t', '0', 'slow');
});

t.test('what waits for the end of a container lets others go on', async (t) => {
  const deaf = 'trap : TERM; while :; do sleep 0.1; done';
  sandbox.ok('run', '-d', '--name', 'deaf', '--network', 'none', 'hello', 'sh', '-c', deaf);
  const outcomes = atOnce(['stop -t 2 deaf', 'wait deaf', 'inspect -f {{.State.Status}} deaf']);
  const order = outcomes.map(({ line }) => line.split(' ')[0]);
  t.equal(order[0], 'inspect');
  t.match(outcomes[0]?.out, /^(running|stopping)$/);
  t.equal(outcomes.find(({ line }) => line === 'wait deaf')?.out, '137');
  t.equal(outcomes.find(({ line }) => line === 'stop -t 2 deaf')?.out, 'deaf');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
