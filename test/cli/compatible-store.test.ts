// Where things are kept and what is told of them, as scripts for podman expect it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];
sandbox.ok('run', '--rm', ...none, 'hello', 'true');

t.test('volumes are kept where --volumepath or the configuration says', async (t) => {
  const chosen = join(sandbox.makeDirectory('elsewhere'), 'volumes');
  const there = (...words: string[]) => sandbox.ok('--volumepath', chosen, ...words);
  t.equal(there('info', '--format', '{{.Store.VolumePath}}'), `${chosen}\n`);
  there('volume', 'create', 'v');
  t.equal(there('volume', 'inspect', '--format', '{{.Mountpoint}}', 'v'), `${chosen}/v/_data\n`);
  there('run', '--rm', ...none, '-v', 'v:/v', '-v', '/anonymous', 'hello', 'touch', '/v/file');
  t.ok(existsSync(join(chosen, 'v', '_data', 'file')));
  t.same(
    readdirSync(chosen).sort(),
    ['.tmp', 'v'],
    'the anonymous one has gone with its container',
  );
  t.same(readdirSync(join(chosen, '.tmp')), []);
  t.equal(sandbox.ok('volume', 'ls', '-q'), '', 'the usual place has none');
  mkdirSync(join(chosen, 'others'));
  t.equal(there('volume', 'ls', '-q'), 'v\n', 'what is no volume is not shown');
  there('volume', 'rm', 'v');
  t.same(readdirSync(chosen).sort(), ['.tmp', 'others']);
  const conf = join(sandbox.directory, 'volumes.conf');
  writeFileSync(conf, `[engine]\nvolume_path = "${chosen}"\n`, { mode: 0o644 });
  const shown = sandbox.ok('--module', conf, 'info', '--format', '{{.Store.VolumePath}}');
  t.equal(shown, `${chosen}/bryo\n`, 'beside those of podman, which reads the same file');
});

t.test('a reset takes volumes away from a directory of the caller, and nothing else', async (t) => {
  const other = new Sandbox();
  const chosen = sandbox.makeDirectory('shared');
  writeFileSync(join(chosen, 'mine'), '');
  other.ok('--volumepath', chosen, 'volume', 'create', 'v');
  const { stderr } = other.run(['--volumepath', chosen, 'system', 'reset', '--force']);
  t.match(stderr, /shared stays: there is more in it/);
  t.same(readdirSync(chosen), ['mine']);
  t.same(other.close(), []);
});

t.test('an image remembers the names that it had', async (t) => {
  const history = () => sandbox.ok('images', '--format', '{{.History}}', 'named').trim();
  sandbox.ok('create', '--name', 'c', ...none, 'hello', 'true');
  sandbox.ok('commit', '-q', 'c', 'named');
  for (const name of ['first', 'second']) {
    sandbox.ok('tag', 'named', name);
    sandbox.ok('rmi', name);
  }
  const [own, first, second] = ['named', 'first', 'second'].map(
    (name) => `localhost/${name}:latest`,
  );
  t.equal(history(), `${own}, ${second}, ${first}`);
  sandbox.ok('tag', 'named', 'first');
  t.match(history(), new RegExp(`, ${second}$`), 'a name that it has again is no former one');
  sandbox.ok('untag', 'named', 'first');
  for (let at = 0; at < 80; at += 1) {
    sandbox.ok('tag', 'named', `many:${at}`);
    sandbox.ok('untag', 'named', `many:${at}`);
  }
  t.equal(history().split(', ').length, 65, 'the latest 64 are kept');
  t.match(
    sandbox.ok('image', 'inspect', '--format', '{{json .NamesHistory}}', 'named'),
    /"localhost\/many:79"/,
  );
  sandbox.ok('rmi', 'named');
});

t.test('a commit tells of its parts', async (t) => {
  const commit = (...flags: string[]) =>
    sandbox.run(['commit', ...flags, 'c', 'told'], { progress: true });
  const { stdout, stderr } = commit();
  t.match(stdout, /^[0-9a-f]{64}\n$/);
  t.match(
    stderr,
    /^Getting image source signatures\n(Copying blob .*\n){2}Copying config .*\nWriting/,
  );
  t.match(commit('-q'), { stdout: /^[0-9a-f]{64}\n$/, stderr: '' });
  sandbox.ok('rmi', '-f', 'told');
});

t.test('a root of which no layer speaks is as podman makes it', async (t) => {
  const archive = join(sandbox.directory, 'tree.tar');
  sandbox.ok('export', '-o', archive, 'c');
  const tree = sandbox.makeDirectory('tree');
  execFileSync('tar', ['-C', tree, '-xf', archive]);
  execFileSync('tar', ['-C', tree, '-cf', archive, ...readdirSync(tree)]);
  for (const driver of ['overlay', 'vfs']) {
    const store = new Sandbox();
    store.ok('--storage-driver', driver, 'import', '-q', archive, 'tree');
    const words = ['run', '--rm', ...none, 'tree', 'stat', '-c', '%a', '/'];
    t.equal(store.ok('--storage-driver', driver, ...words), '555\n', driver);
    t.same(store.close(), []);
  }
});

t.test('podman asks for what the machine has', async (t) => {
  const info = (field: string) => sandbox.ok('info', '--format', `{{${field}}}`).trim();
  t.equal(info('.Store.GraphOptions'), 'map[]');
  t.match(info('.Host.BuildahVersion'), /^\d+\.\d+\.\d+$/);
  t.match(info('.Host.Conmon.Package'), /conmon/);
});

t.test('the last words of a debug log', async (t) => {
  const words = ['--log-level', 'debug', 'run', '--rm', ...none, 'hello', 'true'];
  t.match(sandbox.run(words).stderr, /level=debug msg="Shutting down engines"/);
  t.match(
    sandbox.run(['--log-level', 'debug', 'run', 'dockah://x']).stderr,
    /Shutting down engines/,
  );
});

t.test('a module that is not there', async (t) => {
  t.match(sandbox.run(['--module', '/no,such', 'nothing']), {
    code: 1,
    stderr:
      /^Failed to obtain \w+ configuration: could not resolve module "\/no,such": faccessat \/no,such: no such file or directory\n$/,
  });
});

t.test('an id stands for an image with all its manifests', async (t) => {
  const archive = join(sandbox.directory, 'again.tar');
  sandbox.ok('commit', '-q', 'c', 'twice:1');
  sandbox.ok('save', '-o', archive, 'twice:1');
  sandbox.ok('tag', 'twice:1', 'twice:2');
  sandbox.ok('load', '-i', archive);
  const id = sandbox.ok('image', 'inspect', '--format', '{{.Id}}', 'twice:1').trim();
  const removed = sandbox.ok('rmi', '-f', id).trim().split('\n');
  t.same(removed.sort(), [
    `Deleted: ${id}`,
    'Untagged: localhost/twice:1',
    'Untagged: localhost/twice:2',
  ]);
  t.equal(sandbox.run(['image', 'exists', id]).code, 1);
});

t.test('the image of what holds a pod is fetched and shown', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'p', '--infra-name', 'holder', '--infra-image', 'hello');
  const shown = sandbox.ok('ps', '-a', '--format', '{{.Names}} {{.Image}}').split('\n');
  t.ok(shown.includes('holder localhost/hello:latest'), shown.join());
  t.match(sandbox.run(['rmi', 'hello']), { code: 2, stderr: /used by container/ });
  sandbox.ok('pod', 'rm', 'p');
  const conf = join(sandbox.directory, 'infra.conf');
  writeFileSync(conf, '[engine]\ninfra_image = "localhost:1/none:1"\n', { mode: 0o644 });
  for (const words of [
    ['pod', 'create'],
    ['create', '--pod', 'new:q', 'hello'],
  ]) {
    t.match(sandbox.run(['--module', conf, ...words]), {
      code: 125,
      stderr: /initializing source docker:\/\/localhost:1\/none:1: pinging container registry/,
    });
  }
  t.equal(sandbox.ok('pod', 'ps', '-q'), '');
});

t.test('a pod that runs says what in it does', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'busy', '--infra=false');
  const id = sandbox.ok('run', '-d', '--pod', 'busy', ...none, 'hello', 'sleep', '1000').trim();
  const { code, stderr } = sandbox.run(['pod', 'rm', 'busy']);
  t.equal(code, 125);
  const [first, second] = stderr.trimEnd().split('\n');
  t.match(
    first,
    /^Error: not all containers could be removed from pod \w+: removing pod containers/,
  );
  t.match(second, new RegExp(`^cannot remove container ${id} as it is running`));
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'busy');
});

t.test('a command that is not there, and flags that no runtime has', async (t) => {
  const directory = sandbox.makeDirectory('empty');
  t.match(sandbox.run(['run', '--rm', ...none, '--rootfs', directory]), {
    code: 127,
    stderr: /not found in \$PATH: No such file or directory/,
  });
  t.match(sandbox.run(['--runtime-flag', 'invalid', 'run', '--rm', 'hello']), {
    code: 126,
    stderr: /--invalid/,
  });
  sandbox.ok('--runtime-flag', 'invalid', 'ps');
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('rm', 'c');
  t.same(sandbox.close(), []);
});
