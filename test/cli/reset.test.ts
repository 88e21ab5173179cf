import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];

function fill(): void {
  sandbox.ok('pod', 'create', '--name', 'pod', '-v', 'shared:/s');
  sandbox.ok('run', '-d', '--pod', 'pod', '--name', 'member', 'hello', 'sleep', '1000');
  sandbox.ok('run', '-d', '--name', 'web', '-v', '/anon', 'hello', 'sleep', '1000');
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'joins',
    '--network',
    'container:web',
    'hello',
    'sleep',
    '1000',
  );
  sandbox.ok('exec', '-d', 'web', 'sleep', '1000');
  sandbox.ok('run', '--name', 'ended', ...none, 'hello', 'sh', '-c', 'mkdir /d; chown 5:6 /d');
  sandbox.ok('commit', '-q', 'ended', 'localhost/own:1');
  sandbox.ok('manifest', 'create', 'localhost/list:1');
  sandbox.run(['secret', 'create', 'key', '-'], { input: 'value' });
}

const stores = () => [sandbox.root, sandbox.runroot].filter(existsSync);

t.test('nothing goes unless it is wanted', async (t) => {
  fill();
  const asked = sandbox.run(['system', 'reset'], { input: 'n\n' });
  t.match(asked, { code: 0, stdout: /This will remove:\n\t- all containers\n(.*\n)*.*\[y\/N\]/ });
  t.equal(sandbox.ok('ps', '-q').trim().split('\n').length, 4);
  t.match(sandbox.run(['system', 'reset', '--force', 'x']), { code: 125, stderr: /no arguments/ });
});

t.test('all goes that runs and is stored', async (t) => {
  writeFileSync(
    join(sandbox.runroot, 'events.log.1'),
    'events of long ago, as its rotation leaves',
  );
  t.equal(sandbox.ok('system', 'reset', '--force'), '');
  t.same(stores(), []);
  t.same(sandbox.leftovers(), []);
  t.equal(sandbox.ok('ps', '-aq') + sandbox.ok('volume', 'ls', '-q'), '');
  t.equal(sandbox.ok('run', '--rm', ...none, 'hello', 'echo', 'anew'), 'anew\n');
});

t.test('what is not the store’s stays', async (t) => {
  const file = join(sandbox.root, 'letters');
  writeFileSync(file, 'mine');
  const { code, stderr } = sandbox.run(['system', 'reset'], { input: 'y\n' });
  t.equal(code, 0);
  t.equal(stderr, `Warning: ${sandbox.root} stays: there is more in it than the store\n`);
  t.ok(existsSync(file));
  rmSync(file);
  t.equal(sandbox.ok('system', 'reset', '-f'), '');
  t.same(stores(), []);
});

t.test('of a store that is damaged, too', async (t) => {
  fill();
  sandbox.ok('stop', '-t', '0', 'ended', 'joins');
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'ended').trim();
  writeFileSync(join(sandbox.root, 'containers', id, 'container.json'), '{');
  writeFileSync(join(sandbox.root, 'index.json'), 'x');
  t.equal(sandbox.ok('system', 'reset', '-f'), '');
  t.same(stores(), []);
  t.same(sandbox.leftovers(), []);
});

t.test('of what is mounted in a session, too', async (t) => {
  sandbox.ok('create', '--name', 'seen', ...none, 'hello');
  const bryo = [...productArgv(), ...sandbox.flags].join(' ');
  const script = `${bryo} mount seen; ${bryo} image mount hello; exec sleep 1000`;
  const session = sandbox.start(['unshare', 'sh', '-c', script]);
  let mounted = '';
  session.stdout?.on('data', (text) => {
    mounted += text;
  });
  await eventually('both are mounted', () => mounted.split('\n').length === 3);
  t.equal(sandbox.ok('system', 'reset', '-f'), '');
  t.same(stores(), []);
  session.kill();
  await once(session, 'close');
  t.same(sandbox.close(), []);
});
