/** Layers that were built are kept as files alone, and are whole wherever they go. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';

const sandbox = new Sandbox();
const other = new Sandbox();
const containerfile = [
  'FROM hello',
  'COPY d /d',
  'RUN echo x > /made && ln /made /link && rm /d/gone && mkfifo /pipe && chown 5:6 /d/f',
].join('\n');
const directory = buildContext(sandbox, 'context', {
  Containerfile: containerfile,
  'd/f': 'f\n'.repeat(100_000),
  'd/gone': 'gone\n',
  'd/e/g': { text: 'g\n', mode: 0o4755 },
  'd/l': { link: 'f' },
});
const list = [
  'find',
  '/',
  '-xdev',
  '-path',
  '/proc',
  '-prune',
  '-o',
  '-exec',
  'ls',
  '-ld',
  '{}',
  ';',
];

function image(store: Sandbox, name: string) {
  return JSON.parse(store.ok('inspect', '--type', 'image', name))[0];
}

function filesOf(store: Sandbox, name: string): string {
  return store
    .ok('run', '--rm', '--network', 'none', name, ...list)
    .replace(/^.* \/((dev|sys|etc|run|proc).*)?\n/gm, '');
}

function manifestOf(store: Sandbox, name: string) {
  const { Digest } = image(store, name);
  return JSON.parse(readFileSync(join(store.root, 'blobs', ...Digest.split(':')), 'utf8'));
}

function hasBlob(store: Sandbox, digest: string): boolean {
  return existsSync(join(store.root, 'blobs', ...digest.split(':')));
}

sandbox.ok('build', '-q', '-t', 'built', directory);
const { Id, Size } = image(sandbox, 'built');
const layers: { digest: string; size: number; mediaType: string }[] = manifestOf(
  sandbox,
  'built',
).layers;
const made = layers.slice(-2);

t.test('there is no second copy of a layer', async (t) => {
  for (const { digest, mediaType } of made) {
    t.equal(hasBlob(sandbox, digest), false);
    t.equal(mediaType, 'application/vnd.oci.image.layer.v1.tar');
  }
  t.same(
    image(sandbox, 'built').RootFS.Layers.slice(-2),
    made.map(({ digest }) => digest),
  );
  t.ok(Size > 200_000);
  t.equal(sandbox.ok('system', 'check'), '');
  t.match(sandbox.ok('build', '-t', 'again', directory), /Using cache.*Using cache/s);
  t.equal(image(sandbox, 'again').Id, Id);
});

t.test('archives of all kinds bring the same image into another store', async (t) => {
  const files = filesOf(sandbox, 'built');
  for (const format of ['docker-archive', 'oci-archive']) {
    const path = join(sandbox.directory, `${format}.tar`);
    sandbox.ok('save', '-q', '--format', format, '-o', path, 'built');
    other.ok('load', '-q', '-i', path);
    t.equal(image(other, 'built').Id, Id, format);
    t.equal(filesOf(other, 'built'), files, format);
    if (format === 'oci-archive') {
      t.ok(
        manifestOf(other, 'built').layers.every((one: { mediaType: string }) =>
          one.mediaType.endsWith('+gzip'),
        ),
      );
    }
    other.ok('rmi', '-f', 'built');
  }
  t.same(readdirSync(join(sandbox.root, 'tmp')), [], 'nothing stays of what was made for it');
});

t.test('a registry gets it compressed, and once', async (t) => {
  const registry = await startRegistry(t);
  const name = `${registry}/team/built:1`;
  const plain = ['--tls-verify=false'];
  sandbox.ok('push', '-q', ...plain, 'built', name);
  const second = sandbox.run(['push', ...plain, 'built', name]);
  t.match(second, { code: 0 });
  t.notMatch(second.stderr, /Copying blob [^\n]*(done|\d+B)/, 'nothing is sent a second time');
  other.ok('pull', '-q', ...plain, name);
  t.equal(image(other, name).Id, Id);
  t.equal(filesOf(other, name), filesOf(sandbox, 'built'));
  const sent: typeof layers = manifestOf(other, name).layers;
  t.ok(sent.every(({ mediaType }) => mediaType.endsWith('+gzip')));
  t.ok((sent.at(-2)?.size ?? 0) * 10 < (made[0]?.size ?? 0));

  sandbox.ok('manifest', 'create', 'several', 'built');
  sandbox.ok('manifest', 'push', '-q', ...plain, 'several', `docker://${registry}/team/several:1`);
  other.ok('rmi', '-f', name);
  other.ok('pull', '-q', ...plain, `${registry}/team/several:1`);
  t.equal(image(other, `${registry}/team/several:1`).Id, Id);
  t.same(manifestOf(other, `${registry}/team/several:1`).layers, sent, 'a list too');
});

t.test('what only a list of another machine names stays', async (t) => {
  const text = 'FROM scratch\nCOPY d/e /only\n';
  const foreign = buildContext(sandbox, 'foreign', { Containerfile: text, 'd/e/g': 'g' });
  sandbox.ok('build', '-q', '--platform', 'linux/s390x', '--manifest', 'foreign', foreign);
  sandbox.ok('image', 'prune', '-f', '--build-cache');
  sandbox.ok('rmi', 'again');
  const path = join(sandbox.directory, 'foreign.tar');
  sandbox.ok('manifest', 'push', '-q', '--all', 'foreign', `oci-archive:${path}`);
  t.match(execFileSync('tar', ['-tf', path], { encoding: 'utf8' }), /blobs.*blobs.*blobs/s);
});

t.test('files that were changed are found, and go nowhere', async (t) => {
  const [first] = made;
  const hex = first?.digest.replace('sha256:', '') ?? '';
  const file = join(sandbox.root, 'layers', hex, 'diff/d/f');
  sandbox.ok('unshare', 'sh', '-c', `echo more >> ${file}`);
  t.match(sandbox.run(['save', '-q', '-o', join(sandbox.directory, 'bad.tar'), 'built']), {
    code: 125,
  });
  t.equal(existsSync(join(sandbox.directory, 'bad.tar')), false);
  t.match(
    sandbox.run([
      'save',
      '-q',
      '--format',
      'oci-archive',
      '-o',
      join(sandbox.directory, 'bad.tar'),
      'built',
    ]),
    {
      code: 125,
      stderr: `Error: the files of layer ${first?.digest} were changed (build its image again)\n`,
    },
  );
  t.match(
    sandbox.run(['system', 'check']).stdout,
    /has no blob, and its files are not what they were/,
  );
  sandbox.ok('manifest', 'rm', 'several');
  sandbox.run(['system', 'check', '--repair', '--force']);
  sandbox.ok('build', '-q', '-t', 'built', '--no-cache', directory);
  t.match(sandbox.run(['system', 'check']), { code: 0, stdout: '' });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
  t.same(other.close(), []);
});
