// How images come and go, as scripts for podman read it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const archive = join(sandbox.makeDirectory('archives'), 'hello.tar');
sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
sandbox.ok('save', '-o', archive, 'hello');

t.test('an image that comes tells of its parts, off a terminal in lines', async (t) => {
  const load = (...flags: string[]) =>
    sandbox.run(['load', ...flags, '-i', archive], { progress: true });
  const { code, stderr } = load();
  t.equal(code, 0, stderr);
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines[0], 'Getting image source signatures');
  t.match(lines.slice(1, -2), [/^Copying blob sha256:[0-9a-f]{64}$/]);
  t.match(lines.at(-2), /^Copying config sha256:[0-9a-f]{64}$/);
  t.equal(lines.at(-1), 'Writing manifest to image destination');
  t.equal(new Set(lines).size, lines.length, 'each line once');
  t.equal(load('--quiet').stderr, '');
});

t.test('a pull says what it tries', async (t) => {
  const { stderr } = sandbox.run(['pull', 'localhost:1/none:1'], { progress: true });
  t.match(stderr, /^Trying to pull localhost:1\/none:1\.\.\.\n/);
});

t.test('what is no archive', async (t) => {
  const path = join(sandbox.directory, 'text');
  writeFileSync(path, 'no image', { mode: 0o644 });
  t.match(sandbox.run(['load', '-i', path]), {
    code: 125,
    stderr: /payload does not match any of the supported image formats/,
  });
});

t.test('untag with a digest takes no tag away', async (t) => {
  const digest = sandbox.ok('inspect', '--format', '{{.Digest}}', 'hello').trim();
  sandbox.ok('tag', 'hello', 'kept:1');
  sandbox.ok('untag', 'hello', `localhost/kept:1@${digest}`);
  sandbox.ok('image', 'exists', 'kept:1');
  sandbox.ok('untag', 'hello', 'kept:1');
  t.equal(sandbox.run(['image', 'exists', 'kept:1']).code, 1);
});

// Of an image that was loaded again there are two, of which one may go.
const plain = new Sandbox();
plain.ok('run', '--rm', '--network', 'none', 'hello', 'true');

t.test('--rmi says why an image stays', async (t) => {
  plain.ok('create', '--name', 'user', 'hello', 'true');
  const run = plain.run(['run', '--rmi', '--network', 'none', 'hello', 'true']);
  t.match(run, { code: 0, stderr: / level=warning msg="image is in use by a container: / });
  plain.ok('rm', 'user');
});

t.test('--rmi takes an image away in the background, too', async (t) => {
  const exists = (name: string) => plain.run(['image', 'exists', name]).code === 0;
  const detached = ['run', '-d', '--rmi', '--network', 'none'];
  plain.ok('tag', 'hello', 'short:1');
  plain.ok(...detached, 'short:1', 'true');
  await eventually('the image is gone', () => !exists('short:1'));
  plain.ok('tag', 'hello', 'long:1');
  plain.ok(...detached, '--name', 'long', 'long:1', 'sleep', '300');
  const format = '{{.HostConfig.AutoRemoveImage}} {{.HostConfig.AutoRemove}}';
  t.equal(plain.ok('inspect', '--format', format, 'long'), 'true true\n');
  plain.ok('stop', '-t', '0', 'long');
  t.notOk(exists('long:1'));
});

t.test('nothing is left behind', async (t) => {
  t.same([...sandbox.close(), ...plain.close()], []);
});
