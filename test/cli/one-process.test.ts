// Several operations of one process on the same containers, as a server has them.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import type { Outcome } from '../support/in-process.ts';
import { productDirectory } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();

function atOnce(...lines: string[]): Outcome[] {
  const script = join(productDirectory(), 'dist', 'js', 'test', 'cli', 'at-once.js');
  const node = realpathSync(process.execPath);
  const argv = asTestUser([node, script, sandbox.root, sandbox.runroot, ...lines]);
  const [program = '', ...rest] = argv;
  const { stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Outcome[];
}

t.test('starts of one container wait for each other', async (t) => {
  sandbox.ok('create', '--name', 'a', '--network', 'none', 'hello', 'sleep', '1000');
  const outcomes = atOnce('start a', 'start a', 'ps -aq');
  t.same(
    outcomes.slice(0, 2).map(({ out, err }) => out + err),
    ['a', 'a'],
  );
  t.equal(sandbox.ok('ps', '--format', '{{.Names}} {{.State}}'), 'a running\n');
});

t.test('restarts, removals and new containers with a volume', async (t) => {
  const create = 'create --network none -v data:/data --name';
  const outcomes = atOnce(
    'restart -t 0 a',
    `${create} b hello true`,
    'rm -f -t 0 a',
    `${create} c hello true`,
    'volume rm data',
  );
  t.equal(outcomes.length, 5, 'all come to an end');
  for (const at of [1, 2, 3]) t.equal(outcomes[at]?.status, 0, outcomes[at]?.err ?? '');
  t.equal(sandbox.ok('ps', '-a', '--sort', 'names', '--format', '{{.Names}}'), 'b\nc\n');
  t.equal(sandbox.ok('volume', 'ls', '-q'), 'data\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
