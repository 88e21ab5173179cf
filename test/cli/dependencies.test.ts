import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const state = (name: string): string =>
  sandbox.ok('inspect', '--format', '{{.State.Status}}', name).trim();

t.test('what a container requires runs before it', async (t) => {
  const quiet = ['--network', 'none'];
  const base = sandbox.ok('create', ...quiet, '--name', 'base', 'hello', 'sleep', '100').trim();
  sandbox.ok('create', ...quiet, '--name', 'mid', '--requires', 'base', 'hello', 'sleep', '100');
  const flags = ['--name', 'top', '--requires', 'mid,base'];
  t.equal(sandbox.ok('run', ...quiet, ...flags, 'hello', 'echo', 'up'), 'up\n');
  t.same([state('base'), state('mid')], ['running', 'running']);
  t.equal(sandbox.ok('inspect', '--format', '{{.Dependencies}}', 'mid'), `[${base}]\n`);
  t.match(sandbox.run(['create', '--requires', 'nobody', 'hello']), {
    code: 125,
    stderr: /no container with name or ID "nobody"/,
  });
});

t.test('what others depend on stays', async (t) => {
  const { code, stderr } = sandbox.run(['rm', '-f', 'base']);
  t.equal(code, 125);
  t.match(
    stderr,
    /^Error: container [0-9a-f]{64} has dependent containers [^\n]*: [0-9a-f]{64} \(mid\), [0-9a-f]{64} \(top\) \(remove/,
  );
  t.equal(state('base'), 'running');
  sandbox.ok('rename', 'base', 'foundation');
  sandbox.ok('rm', 'top');
  sandbox.run(['stop', '-t', '0', 'foundation', 'mid']);
  t.equal(sandbox.ok('start', 'mid'), 'mid\n');
  t.equal(state('foundation'), 'running', 'found by its id');
  t.equal(sandbox.run(['rm', '-fa']).stdout.split('\n').length, 3);
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('the owner of a network is a dependency', async (t) => {
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'owner', 'hello', 'sleep', '100');
  const flags = ['--name', 'guest', '--network', 'container:owner'];
  sandbox.ok('create', ...flags, 'hello', 'true');
  t.match(sandbox.run(['rm', '-f', 'owner']), { code: 125, stderr: /dependent containers/ });
  sandbox.ok('create', '--replace', '--name', 'owner', 'hello');
  t.equal(sandbox.run(['container', 'exists', 'guest']).code, 1, 'replaced with what needed it');
  t.match(sandbox.ok('container', 'prune', '-f'), /^[0-9a-f]{64}\n$/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
