// Kinds of lists, artifacts in them, and lists that go into files.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('skopeo', 'docker-registry');
t.setTimeout(300_000);
const sandbox = new Sandbox();
const registry = await startRegistry(t);
const place = sandbox.makeDirectory('files');
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');

/** The document that the registry has under a tag or digest. */
function pushed(name: string) {
  const flags = ['inspect', '--raw', '--tls-verify=false', `docker://${registry}/${name}`];
  return JSON.parse(execFileSync('skopeo', flags, { encoding: 'utf8' }));
}

function refuse(args: string[], stderr: RegExp): void {
  t.match(sandbox.run(['manifest', ...args]), { code: 125, stdout: '', stderr }, args.join(' '));
}

t.test('an empty list is docker’s until something in it needs an OCI index', async (t) => {
  const type = (name: string): string =>
    JSON.parse(sandbox.ok('manifest', 'inspect', '--verbose', name)).mediaType;
  const id = sandbox.ok('manifest', 'create', 'typed').trim();
  t.match(type('typed'), /docker\.distribution\.manifest\.list\.v2/);
  t.match(type(id), /docker\.distribution\.manifest\.list\.v2/, 'by its id');
  sandbox.ok('manifest', 'push', id, `${registry}/typed:1`);
  t.match(pushed('typed:1').mediaType, /docker/);
  sandbox.ok('manifest', 'annotate', '--index', '--annotation', 'a=b', 'typed');
  t.match(type('typed'), /oci\.image\.index/);
  sandbox.ok('manifest', 'rm', 'typed');
  sandbox.ok('manifest', 'create', '--annotation', 'a=b', 'typed');
  const { annotations, mediaType } = JSON.parse(sandbox.ok('manifest', 'inspect', 'typed'));
  t.same(annotations, { a: 'b' });
  t.match(mediaType, /oci\.image\.index/);
  sandbox.ok('manifest', 'rm', 'typed');
});

t.test('the id of a list stays the same', async (t) => {
  const create = (name: string): string => sandbox.ok('manifest', 'create', name).trim();
  const [id, other] = [create('kept'), create('other')];
  t.not(id, other, 'both are empty');
  t.equal(sandbox.ok('manifest', 'add', id, 'hello').trim(), id);
  t.equal(sandbox.ok('manifest', 'add', other.slice(0, 12), 'hello').trim(), other);
  t.equal(sandbox.ok('manifest', 'annotate', '--index', '--annotation', 'a=b', id).trim(), id);
  const digests = (): string[] =>
    JSON.parse(sandbox.ok('manifest', 'inspect', id)).manifests.map(
      ({ digest }: { digest: string }) => digest,
    );
  const [digest = ''] = digests();
  sandbox.ok('manifest', 'push', '--all', id, `${registry}/kept:1`);
  t.equal(pushed('kept:1').manifests[0].digest, digest);
  t.equal(sandbox.ok('manifest', 'remove', id, digest).trim(), id);
  t.same(digests(), []);
  sandbox.ok('tag', id, 'second');
  t.equal(sandbox.ok('manifest', 'rm', 'kept').trim(), id);
  t.match(sandbox.ok('rmi', id), `Deleted: ${id}`);
  sandbox.ok('manifest', 'add', other, 'hello');
  t.match(sandbox.ok('rmi', other), /^Untagged: localhost\/other:latest\n/);
  t.match(sandbox.run(['manifest', 'inspect', other]), { code: 125 });
});

t.test('a list without an image for this machine can be named and removed', async (t) => {
  const names = (): string => sandbox.ok('images', '--format', '{{.Repository}}');
  const created = sandbox.ok('manifest', 'create', 'far').trim();
  sandbox.ok('tag', 'far', 'farther', 'farthest');
  sandbox.ok('untag', 'far', 'farthest');
  t.match(sandbox.run(['run', '--rm', 'far', 'true']), { code: 125, stderr: /no image for / });
  t.match(sandbox.ok('rmi', 'far'), /^Untagged: localhost\/far:latest\n$/);
  t.match(sandbox.ok('rmi', 'farther'), `Deleted: ${created}`);
  t.notMatch(names(), /far/);
  t.match(sandbox.run(['rmi', 'farther']), { code: 1, stderr: /image not known/ });
});

t.test('files become an artifact of a list', async (t) => {
  const text = join(place, 'text.txt');
  const binary = join(place, 'binary');
  const config = join(place, 'config');
  writeFileSync(text, 'words\n', { mode: 0o644 });
  writeFileSync(binary, Buffer.alloc(1 << 20), { mode: 0o644 });
  writeFileSync(config, '{"a":1}', { mode: 0o644 });
  sandbox.ok('manifest', 'create', 'things');
  sandbox.ok('manifest', 'add', '--artifact', 'things', text, binary);
  const flags = [
    ...['--artifact-type', 'application/x-thing', '--artifact-config', config],
    ...['--artifact-layer-type', 'text/x-layer', '--artifact-exclude-titles'],
    ...['--artifact-annotation', 'k=v', '--os', 'linux', '--arch', 'amd64'],
    ...['--artifact-subject', 'hello', '--annotation', 'of=entry'],
  ];
  sandbox.ok('manifest', 'add', 'things', '--artifact', ...flags, text);
  sandbox.ok('manifest', 'push', 'things', `${registry}/things:1`);
  const [first, second] = pushed('things:1').manifests;
  t.match(second, {
    artifactType: 'application/x-thing',
    platform: { os: 'linux', architecture: 'amd64' },
    annotations: { of: 'entry' },
  });
  const title = 'org.opencontainers.image.title';
  t.match(pushed(`things@${first.digest}`), {
    artifactType: 'application/vnd.unknown.artifact.v1',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
    layers: [
      { mediaType: 'text/plain', size: 6, annotations: { [title]: 'text.txt' } },
      { mediaType: 'application/octet-stream', annotations: { [title]: 'binary' } },
    ],
  });
  const described = pushed(`things@${second.digest}`);
  t.match(described, {
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: 7 },
    layers: [{ mediaType: 'text/x-layer', annotations: undefined }],
    annotations: { k: 'v' },
    subject: { mediaType: ociManifest },
  });
  refuse(['add', 'things', '--artifact', join(place, 'none')], /none: no such file/);
  refuse(['add', '--artifact-type', 'x', 'things', 'hello'], /--artifact-type needs --artifact/);
  refuse(['annotate', 'things'], /a DIGEST or --index is needed/);
});

t.test('a list goes into a layout, an archive or a directory', async (t) => {
  const readJson = (...path: string[]) => JSON.parse(readFileSync(join(place, ...path), 'utf8'));
  const listed = JSON.parse(sandbox.ok('manifest', 'inspect', 'things')).manifests.map(
    ({ digest }: { digest: string }) => digest.slice('sha256:'.length),
  );
  sandbox.ok('manifest', 'push', 'things', `oci:${place}/layout:name`);
  const [entry] = readJson('layout', 'index.json').manifests;
  t.match(entry, { annotations: { 'org.opencontainers.image.ref.name': 'name' } });
  const blobs = readdirSync(join(place, 'layout', 'blobs', 'sha256'));
  t.ok([entry.digest.slice('sha256:'.length), ...listed].every((hex) => blobs.includes(hex)));
  sandbox.ok('manifest', 'push', 'things', `oci-archive:${place}/archive`);
  const names = execFileSync('tar', ['-tf', join(place, 'archive')], { encoding: 'utf8' });
  t.ok(blobs.every((hex) => names.includes(`blobs/sha256/${hex}`)));
  sandbox.ok('manifest', 'push', 'things', `dir:${place}/plain`);
  t.equal(readJson('plain', 'manifest.json').manifests.length, listed.length);
  t.ok(listed.every((hex: string) => existsSync(join(place, 'plain', `${hex}.manifest.json`))));
  const words = createHash('sha256').update('words\n').digest('hex');
  t.equal(readFileSync(join(place, 'plain', words), 'utf8'), 'words\n');
  sandbox.ok('manifest', 'rm', 'things');
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('rmi', 'hello');
  t.same(readdirSync(join(sandbox.root, 'blobs', 'sha256')), [], 'no blob that nobody needs');
  t.same(sandbox.close(), []);
});
