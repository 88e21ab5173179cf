import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { push, startRegistry, tarOf, writeLayout } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('skopeo', 'docker-registry');
t.setTimeout(300_000);
const sandbox = new Sandbox();
const registry = await startRegistry(t);
const place = sandbox.makeDirectory('files');

interface Entry {
  digest: string;
  size: number;
  platform?: Record<string, unknown>;
  annotations?: Record<string, string>;
  artifactType?: string;
}

function entries(name: string): Entry[] {
  return JSON.parse(sandbox.ok('manifest', 'inspect', name)).manifests;
}

function refuse(args: string[], stderr: RegExp): void {
  const result = sandbox.run(['manifest', ...args]);
  t.match(result, { code: 125, stdout: '', stderr }, args.join(' '));
  t.equal(result.stderr.trimEnd().split('\n').length, 1, 'one line');
}

/** The bytes that the registry has under a tag or digest. */
function raw(name: string): string {
  const flags = ['inspect', '--raw', '--tls-verify=false', `docker://${name}`];
  return execFileSync('skopeo', flags, { encoding: 'utf8' });
}

function sha256(text: string | Buffer): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

async function put(path: string, mediaType: string, body: string): Promise<void> {
  const response = await fetch(`http://${registry}/v2/${path}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body,
  });
  if (response.status !== 201) throw new Error(`${path}: ${response.status}`);
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const empty = { mediaType: 'application/vnd.example.sbom', size: 2, digest: sha256('{}') };

t.before(async () => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  sandbox.ok('push', 'hello', `${registry}/app:amd64`);
  push(writeLayout(t, [tarOf(t, 'a', Buffer.from('other'))]), `${registry}/app:other`);
  const start = await fetch(`http://${registry}/v2/app/blobs/uploads/`, { method: 'POST' });
  const upload = new URL(start.headers.get('location') ?? '', `http://${registry}`);
  upload.searchParams.set('digest', empty.digest);
  await fetch(upload, { method: 'PUT', body: '{}' });
});

t.test('a list is made of images of the store and of the registry', async (t) => {
  t.match(sandbox.ok('manifest', 'create', 'list'), /^[0-9a-f]{64}\n$/);
  t.equal(sandbox.run(['manifest', 'exists', 'list']).code, 0);
  t.equal(sandbox.run(['manifest', 'exists', 'hello']).code, 1);
  refuse(['create', 'list'], /localhost\/list:latest is in use \(use --amend|in use/);
  refuse(['create', 'hello'], /in use/);
  sandbox.ok('manifest', 'create', '--amend', 'list');
  sandbox.ok('manifest', 'add', 'list', 'hello');
  const flags = [
    '--arch',
    'arm64',
    '--variant',
    'v8',
    '--os-version',
    '7',
    '--annotation',
    'a=b=c',
  ];
  sandbox.ok('manifest', 'add', ...flags, 'list', `docker://${registry}/app:other`);
  const [own, other] = entries('list');
  t.equal(own?.digest, sandbox.ok('inspect', '--format', '{{.Digest}}', 'hello').trim());
  t.match(own?.platform, { os: 'linux', architecture: 'amd64' });
  t.match(other?.platform, {
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
    'os.version': '7',
  });
  t.same(other?.annotations, { a: 'b=c' });
  sandbox.ok('manifest', 'add', 'list', 'hello');
  t.equal(entries('list').length, 2, 'the same image is there once');
});

t.test('it runs, and is an image like others', async (t) => {
  const quick = ['run', '--rm', '--network', 'none'];
  t.equal(sandbox.ok(...quick, 'list', 'echo', 'from a list'), 'from a list\n');
  t.match(sandbox.ok('images', '--format', '{{.Repository}}'), /^localhost\/list$/m);
  sandbox.ok('tag', 'list', 'second');
  t.equal(entries('second').length, 2);
  sandbox.ok('untag', 'list', 'second');
  t.equal(sandbox.run(['manifest', 'exists', 'second']).code, 1);
  // What only the list needs stays when other images go.
  sandbox.ok('rmi', 'hello');
  t.equal(sandbox.ok(...quick, 'list', 'echo', 'still'), 'still\n');
});

t.test('annotate and remove', async (t) => {
  const [, other] = entries('list');
  const digest = other?.digest ?? '';
  const flags = [
    '--os-features',
    'x,y',
    '--features',
    'sse',
    '--annotation',
    'd=e',
    '--os',
    'wasi',
  ];
  sandbox.ok('manifest', 'annotate', ...flags, 'list', digest);
  t.match(entries('list')[1], {
    platform: { os: 'wasi', architecture: 'arm64', 'os.features': ['x', 'y'], features: ['sse'] },
    annotations: { a: 'b=c', d: 'e' },
  });
  sandbox.ok('manifest', 'create', 'short', `docker://${registry}/app:other`);
  sandbox.ok('manifest', 'remove', 'short', digest);
  t.same(entries('short'), []);
  refuse(['remove', 'short', digest], /has no manifest sha256/);
  refuse(['annotate', 'list', 'sha256:x'], /invalid digest/);
  refuse(['annotate', 'nothing', digest], /manifest list not known/);
  refuse(['annotate', '--annotation', '=x', 'list', digest], /KEY=VALUE/);
  sandbox.ok('manifest', 'rm', 'short');
  const again = sandbox.run(['manifest', 'rm', 'short']);
  t.match(again, { code: 1, stderr: 'Error: short: image not known\n' });
  t.equal(sandbox.ok('manifest', 'rm', '--ignore', 'short'), '');
  refuse(['add', 'list', `docker://${registry}/none`], /manifest unknown/);
  refuse(['add', 'list', 'containers-storage:none'], /image not known/);
  refuse(['create', 'broken', `docker://${registry}/none`], /manifest unknown/);
  t.equal(sandbox.run(['manifest', 'exists', 'broken']).code, 1, 'no half list stays');
});

t.test('push keeps every byte, artifacts and what refers to others included', async (t) => {
  const subject = JSON.parse(raw(`${registry}/app:amd64`));
  const artifact = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    artifactType: 'application/vnd.example.thing',
    config: empty,
    layers: [{ ...empty, annotations: { x: 'y' } }],
    subject: { mediaType: ociManifest, digest: sha256(raw(`${registry}/app:amd64`)), size: 1 },
    annotations: { kept: subject.mediaType },
  });
  await put('app/manifests/thing', ociManifest, artifact);
  sandbox.ok('manifest', 'add', 'list', `docker://${registry}/app:thing`);
  t.match(entries('list')[2], {
    artifactType: 'application/vnd.example.thing',
    platform: undefined,
  });
  const target = `${registry}/copy:1`;
  const alone = sandbox.run(['manifest', 'push', '--all=false', 'list', target]);
  t.match(alone, { code: 125, stderr: /\(?400|blob unknown|manifest/i }, 'without its images');
  const digestFile = join(place, 'digest');
  execFileSync('chmod', ['777', place]);
  sandbox.ok('manifest', 'push', '--digestfile', digestFile, 'list', `docker://${target}`);
  const list = raw(target);
  t.equal(sha256(list), readFileSync(digestFile, 'utf8'));
  t.same(JSON.parse(list).manifests, entries('list'));
  for (const { digest } of entries('list')) {
    t.equal(sha256(raw(`${registry}/copy@${digest}`)), digest);
  }
  t.equal(raw(`${registry}/copy@${sha256(artifact)}`), artifact);
  t.same(entries(`docker://${target}`), entries('list'));
  // And back: the whole of it into another list.
  sandbox.ok('manifest', 'create', '--all', 'back', `docker://${target}`);
  t.same(entries('back'), entries('list'));
  sandbox.ok('push', 'back', `${registry}/copy:2`);
  t.equal(raw(`${registry}/copy:2`), JSON.stringify(JSON.parse(raw(`${registry}/copy:2`))));
  t.same(JSON.parse(raw(`${registry}/copy:2`)).manifests, entries('list'));
  sandbox.ok('manifest', 'create', 'own', `docker://${target}`);
  t.equal(entries('own').length, 1, 'only the one for this machine');
  refuse(['push', '-f', 'v2s2', '--all', 'own', target], /holds docker's images only/);
  refuse(['push', 'own', `docker-archive:${place}/x`], /takes images, and no lists/);
  sandbox.ok('manifest', 'push', '--all', '--rm', 'own', `${registry}/copy:3`);
  t.equal(sandbox.run(['manifest', 'exists', 'own']).code, 1);
});

t.test('a list of docker’s images', async (t) => {
  sandbox.ok('pull', '-q', `${registry}/app:amd64`);
  sandbox.ok('push', '-f', 'v2s2', `${registry}/app:amd64`, `${registry}/docker:one`);
  sandbox.ok('manifest', 'create', 'docker', `docker://${registry}/docker:one`);
  sandbox.ok('manifest', 'push', '-f', 'v2s2', '--all', 'docker', `${registry}/docker:list`);
  const list = JSON.parse(raw(`${registry}/docker:list`));
  t.match(list.mediaType, /docker\.distribution\.manifest\.list\.v2/);
  t.equal(list.manifests[0].digest, sha256(raw(`${registry}/docker:one`)));
  sandbox.ok('manifest', 'rm', 'docker');
  sandbox.ok('rmi', `${registry}/app:amd64`);
});

t.test('what a list for other machines says when it is run', async (t) => {
  const flags = ['--arch', 'riscv64'];
  sandbox.ok('manifest', 'create', 'foreign');
  sandbox.ok('manifest', 'add', ...flags, 'foreign', `docker://${registry}/app:other`);
  const run = sandbox.run([
    'run',
    '--rm',
    '--network',
    'none',
    '--pull',
    'never',
    'foreign',
    'true',
  ]);
  t.match(run, { code: 125, stderr: /no image for linux\/\w+, only for linux\/riscv64/ });
  sandbox.ok('system', 'check', '--repair');
  t.equal(sandbox.run(['manifest', 'exists', 'foreign']).code, 0, 'it is no damage');
  sandbox.ok('manifest', 'rm', 'foreign');
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('manifest', 'rm', 'list', 'back');
  t.same(JSON.parse(readFileSync(join(sandbox.root, 'index.json'), 'utf8')).manifests, []);
  t.same(readdirSync(join(sandbox.root, 'blobs', 'sha256')), [], 'no blob that nobody needs');
  t.same(existsSync(join(sandbox.root, 'tmp')) ? readdirSync(join(sandbox.root, 'tmp')) : [], []);
  t.same(sandbox.close(), []);
});
