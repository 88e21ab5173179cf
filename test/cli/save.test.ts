import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { sparseEntry, sparseForms } from '../native/sparse-entries.ts';
import { tar } from '../native/tar.ts';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('skopeo', 'podman');
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('archives');
const quick = ['run', '--rm', '--network', 'none'];
const inspect = (field: string) =>
  sandbox.ok('inspect', '--format', `{{.${field}}}`, 'hello').trim();

function save(format: string, name: string, ...images: string[]): string {
  const path = join(place, name);
  t.equal(sandbox.ok('save', '--format', format, '-o', path, ...images), '');
  return path;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

t.before(() => {
  sandbox.ok(...quick, 'hello', 'true');
  sandbox.ok('tag', 'hello', 'example.com/app:1');
});

/** A directory's layout: what its only manifest says. */
function manifestOf(layout: string): { layers: { mediaType: string; digest: string }[] } {
  const blob = (digest: string): string => join(layout, 'blobs', ...digest.split(':'));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  return JSON.parse(readFileSync(blob(index.manifests[0].digest), 'utf8'));
}

t.test('plain layers', async (t) => {
  // Its layers are compressed as they would come from a registry.
  const packed = join(place, 'packed');
  execFileSync('chmod', ['777', place]);
  sandbox.ok('push', '--quiet', '--compression-format', 'gzip', 'hello', `oci:${packed}:packed`);
  sandbox.ok('load', '--quiet', '-i', packed);
  const same = manifestOf(save('oci-dir', 'as-is', 'localhost/packed'));
  t.match(same.layers[0]?.mediaType, /gzip$/);
  const plain = join(place, 'plain');
  sandbox.ok('save', '--uncompressed', '--format', 'oci-dir', '-o', plain, 'localhost/packed');
  for (const { mediaType, digest } of manifestOf(plain).layers) {
    t.equal(mediaType, 'application/vnd.oci.image.layer.v1.tar');
    t.equal(`sha256:${sha256(join(plain, 'blobs', ...digest.split(':')))}`, digest);
  }
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'localhost/packed');
  sandbox.ok('rmi', 'localhost/packed');
  t.equal(sandbox.ok('load', '--quiet', '-i', plain).split(':')[0], 'Loaded image');
  t.equal(sandbox.ok('inspect', '--format', '{{.Id}}', 'localhost/packed'), id);
  sandbox.ok('rmi', 'localhost/packed');
});

t.test('an archive of the web', async (t) => {
  const archive = readFileSync(save('docker-archive', 'web.tar', 'example.com/app:1'));
  const server = createServer((request, response) => {
    if (request.url === '/moved.tar') response.writeHead(302, { location: '/app.tar' }).end();
    else if (request.url === '/app.tar') response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ['app.tar', 'moved.tar']) {
    const loaded = await sandbox.runBeside(['load', '-i', `${base}/${name}`]);
    t.match(loaded, { code: 0, stdout: 'Loaded image: example.com/app:1\n' }, name);
  }
  const missing = await sandbox.runBeside(['load', '-i', `${base}/none.tar`]);
  t.match(missing, { code: 125, stderr: /^Error: cannot read .*invalid response status 404\n$/ });
});

t.test('the OCI formats keep every digest', async (t) => {
  const digest = inspect('Digest');
  const read = (source: string) =>
    execFileSync('skopeo', ['inspect', '--format', '{{.Digest}}', source], { encoding: 'utf8' });
  t.equal(read(`oci-archive:${save('oci-archive', 'oci.tar', 'hello')}`).trim(), digest);
  t.equal(read(`oci:${save('oci-dir', 'layout', 'hello')}`).trim(), digest);
});

t.test('the same images give the same archive', async (t) => {
  for (const format of ['docker-archive', 'oci-archive']) {
    const [one, two] = [save(format, 'one', 'hello'), save(format, 'two', 'hello')];
    t.equal(sha256(one), sha256(two), format);
  }
});

t.test('what is saved can be loaded, with all its names', async (t) => {
  const id = inspect('Id');
  for (const format of ['docker-archive', 'oci-archive', 'oci-dir']) {
    const path = save(format, `all-${format}`, 'hello', 'example.com/app:1');
    sandbox.ok('rmi', '--force', id);
    const loaded = sandbox.ok('load', '-q', '-i', path).trim().split('\n').sort();
    t.same(loaded, ['Loaded image: example.com/app:1', 'Loaded image: localhost/hello:latest']);
    t.equal(inspect('Id'), id, format);
    t.equal(sandbox.ok(...quick, 'example.com/app:1', 'echo', 'loaded'), 'loaded\n');
  }
});

t.test('podman loads it, and the reverse', async (t) => {
  const flags = ['--root', join(place, 'p'), '--runroot', join(place, 'r')];
  const podman = (args: string[], input?: Buffer) => {
    const [program = '', ...rest] = asTestUser(['podman', ...flags, ...args]);
    return spawnSync(program, rest, { input, cwd: '/', maxBuffer: 1 << 28 });
  };
  const loaded = podman(['load', '-q'], readFileSync(save('docker-archive', 'd.tar', 'hello')));
  t.equal(String(loaded.stdout), 'Loaded image: localhost/hello:latest\n', String(loaded.stderr));
  const back = podman(['save', '-q', 'localhost/hello:latest']);
  const id = inspect('Id');
  sandbox.ok('rmi', '--force', id);
  const [program = '', ...rest] = sandbox.argv(['load', '-q']);
  const text = execFileSync(program, rest, { input: back.stdout, encoding: 'utf8' });
  t.equal(text, 'Loaded image: localhost/hello:latest\n');
  t.equal(inspect('Id'), id);
  spawnSync('pkill', ['-f', 'catatonit -P']);
  podman(['unshare', 'rm', '-rf', join(place, 'p'), join(place, 'r')]);
});

t.test('bad input', async (t) => {
  const refuse = (args: string[], stderr: RegExp) =>
    t.match(sandbox.run(['save', ...args]), { code: 125, stderr });
  refuse(['--format', 'docker-dir', 'hello'], /--format docker-dir needs --output/);
  refuse(['--format', 'oci-dir', 'hello'], /needs --output/);
  refuse(['nothing'], /nothing: image not known/);
  refuse(['-o', join(place, 'no', 'such'), 'hello'], /no such file or directory/i);
  refuse(['--format', 'oci-dir', '-o', place, 'hello'], /not an empty directory/);
  const [layer] = JSON.parse(sandbox.ok('inspect', 'hello'))[0].RootFS.Layers;
  t.match(layer, /^sha256:/);
  const manifest = join(sandbox.root, 'blobs', 'sha256', inspect('Digest').slice(7));
  const blob = JSON.parse(readFileSync(manifest, 'utf8')).layers[0].digest.slice(7);
  rmSync(join(sandbox.root, 'blobs', 'sha256', blob));
  refuse(['-o', join(place, 'cut'), 'hello'], /the store lacks the blob sha256/);
  t.notOk(existsSync(join(place, 'cut')), 'no half archive stays');
});

t.test('an archive that is sparse itself is refused, not read as something else', async (t) => {
  const path = join(place, 'sparse.tar');
  for (const form of sparseForms) {
    const entry = sparseEntry('layer.tar', { pieces: [[4096, 512]], size: 8192 }, form);
    writeFileSync(path, tar({ path: 'manifest.json', content: '[]' }, ...entry), { mode: 0o644 });
    const { code, stderr } = sandbox.run(['load', '-i', path]);
    t.equal(code, 125, form);
    t.match(
      stderr,
      /^Error: the archive has "[\w.]+" as a sparse entry \(only layers may have such;/,
    );
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
