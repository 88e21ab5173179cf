import t from 'tap';
import { tar } from '../native/tar.ts';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

const note = tar({ path: 'note', content: 'noted' }).toString('latin1');

const create = (name: string, ...args: string[]): string =>
  sandbox.ok('create', '--name', name, '--network', 'none', ...args);

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

const events = (name: string): string[] =>
  sandbox
    .ok('events', '--stream=false', '--filter', `container=${name}`, '--format', '{{.Status}}')
    .trim()
    .split('\n');

t.test('init makes a container ready, and start lets it go', async (t) => {
  create('one', 'hello', 'sh', '-c', 'echo said; exit 4');
  t.equal(sandbox.ok('init', 'one'), 'one\n');
  t.equal(inspect('one', '.State.Status'), 'initialized');
  t.equal(inspect('one', '.State.Running'), 'false');
  process.kill(Number(inspect('one', '.State.Pid')), 0);
  t.match(sandbox.ok('ps', '-a'), / Initialized /);
  t.equal(sandbox.ok('ps', '-q'), '');
  t.equal(sandbox.ok('logs', 'one'), '', 'nothing of the image has run');
  t.same(events('one'), ['create', 'init']);
  for (const verb of ['exec', 'top', 'kill', 'pause', 'attach', 'init']) {
    const words = verb === 'exec' ? [verb, 'one', 'true'] : [verb, 'one'];
    const stderr = verb === 'kill' ? /is in state initialized: / : /it is initialized/;
    t.match(sandbox.run(words), { code: verb === 'exec' ? 255 : 125, stderr }, verb);
  }
  t.equal(sandbox.ok('wait', '--condition', 'initialized', 'one'), '-1\n');
  t.match(sandbox.run(['start', '--attach', 'one']), { code: 4, stdout: 'said\n', stderr: '' });
  await eventually('it is cleaned up', () => events('one').includes('cleanup'));
  t.same(events('one'), ['create', 'init', 'start', 'died', 'cleanup']);
  t.equal(sandbox.ok('init', '--all'), `${inspect('one', '.Id')}\n`, 'one that has ended, too');
  t.equal(sandbox.ok('start', 'one'), 'one\n');
  t.equal(sandbox.ok('wait', 'one'), '4\n');
  sandbox.ok('rm', 'one');
});

t.test('what is ready can be stopped, removed, and copied into', async (t) => {
  create('s', 'hello', 'cat', '/root/note');
  sandbox.ok('init', 's');
  t.equal(sandbox.ok('init', '--all'), `${inspect('s', '.Id')}\n`, 'no error with --all');
  t.equal(sandbox.run(['cp', '-', 's:/root'], { input: note }).code, 0);
  t.match(sandbox.run(['start', '-a', 's']), { code: 0, stdout: 'noted' });
  sandbox.ok('init', 's');
  t.equal(sandbox.ok('stop', 's'), 's\n');
  t.equal(inspect('s', '.State.Status'), 'exited');
  sandbox.ok('init', 's');
  t.equal(sandbox.ok('rm', 's'), 's\n', 'without --force, for nothing runs');
  create('gone', '--rm', 'hello', 'true');
  sandbox.ok('init', 'gone');
  sandbox.ok('stop', '--all');
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('a command that cannot be run is told by init', async (t) => {
  create('f', 'hello', 'no-such-command');
  t.match(sandbox.run(['init', 'f']), { code: 127, stderr: /"no-such-command" not found/ });
  t.equal(inspect('f', '.State.Status'), 'created');
  sandbox.ok('rm', 'f');
  create('f', '--rm', 'hello', 'no-such-command');
  t.equal(sandbox.run(['init', 'f']).code, 127);
  t.match(sandbox.run(['start', 'f']).stderr, /"no-such-command" not found/, 'not that of a mount');
  t.match(sandbox.run(['init', 'f']), { code: 127, stderr: /"no-such-command" not found/ });
  sandbox.ok('rm', 'f');
});

t.test('a restart policy holds', async (t) => {
  create('r', '--restart', 'on-failure:2', 'hello', 'sh', '-c', 'echo run; exit 3');
  sandbox.ok('init', 'r');
  sandbox.ok('start', 'r');
  await eventually('it is given up', () => inspect('r', '.State.Status') === 'exited');
  t.equal(sandbox.ok('logs', 'r'), 'run\nrun\nrun\n');
  sandbox.ok('rm', 'r');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
