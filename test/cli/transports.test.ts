import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('skopeo', 'podman', 'zstd', 'docker-registry');
t.setTimeout(300_000);
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('archives');
const at = (name: string) => join(place, name);
const field = (name: string, image = 'hello') =>
  sandbox.ok('inspect', '--format', `{{.${name}}}`, image).trim();

/** Programs that write for bryo do so as its user. */
function asUser(...argv: string[]): string {
  const [program = '', ...rest] = asTestUser(argv);
  return execFileSync(program, rest, { encoding: 'utf8', cwd: '/', maxBuffer: 1 << 28 });
}

function digestOf(source: string): string {
  return asUser('skopeo', 'inspect', '--format', '{{.Digest}}', source).trim();
}

function refuse(args: string[], stderr: RegExp): void {
  const result = sandbox.run(args);
  t.match(result, { code: 125, stdout: '', stderr }, args.join(' '));
  t.equal(result.stderr.trimEnd().split('\n').length, 1, 'one line');
}

/** One image may be there under several manifests. */
function clear(): void {
  sandbox.ok('rmi', '--all', '--force');
}

let digest = '';
let id = '';

t.before(() => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  digest = field('Digest');
  id = field('Id');
});

t.test('push to every transport keeps the digests, as skopeo reads them', async (t) => {
  for (const [target, source] of [
    [`oci:${at('layout')}:one`, `oci:${at('layout')}:one`],
    [`oci-archive:${at('oci.tar')}:app`, `oci-archive:${at('oci.tar')}:app`],
    [`dir:${at('dir')}`, `dir:${at('dir')}`],
  ] as const) {
    t.equal(sandbox.ok('push', 'hello', target), '');
    t.equal(digestOf(source), digest, target);
  }
  sandbox.ok('push', 'hello', `docker-archive:${at('docker.tar')}:some/app:2`);
  const config = asUser(
    'skopeo',
    'inspect',
    '--config',
    '--raw',
    `docker-archive:${at('docker.tar')}`,
  );
  t.equal(config, asUser('skopeo', 'inspect', '--config', '--raw', `dir:${at('dir')}`));
  // A layout is added to: another name beside the first one, and the same name once.
  sandbox.ok('push', 'hello', `oci:${at('layout')}:two`);
  sandbox.ok('push', 'hello', `oci:${at('layout')}:two`);
  t.equal(JSON.parse(readFileSync(join(at('layout'), 'index.json'), 'utf8')).manifests.length, 2);
});

t.test('what skopeo writes is pulled from every transport, byte for byte', async (t) => {
  const made = {
    oci: `oci:${at('s-layout')}:x`,
    'oci-archive': `oci-archive:${at('s-oci.tar')}:example.com/app:3`,
    dir: `dir:${at('s-dir')}`,
    'docker-archive': `docker-archive:${at('s-docker.tar')}:example.com/app:4`,
  };
  for (const target of Object.values(made)) {
    asUser('skopeo', 'copy', '-q', `oci:${at('layout')}:one`, target);
  }
  for (const [transport, source] of Object.entries(made)) {
    clear();
    t.equal(sandbox.ok('pull', '-q', source), `${id}\n`, source);
    if (transport !== 'docker-archive') t.equal(field('Digest', id), digest, transport);
  }
  const names = sandbox.ok('images', '--format', '{{.Repository}}:{{.Tag}}');
  t.equal(names, 'example.com/app:4\n');
  clear();
  const ran = ['run', '--rm', '--network', 'none', made['oci-archive'], 'echo', 'from an archive'];
  t.equal(sandbox.ok(...ran), 'from an archive\n');
  sandbox.ok('pull', '-q', `docker-archive:${at('s-docker.tar')}:@0`);
  refuse(['pull', `docker-archive:${at('s-docker.tar')}:other/app:4`], /has no image other\/app:4/);
  refuse(['pull', `oci:${at('s-layout')}:nothing`], /has no image nothing/);
  refuse(['pull', `oci-archive:${at('s-docker.tar')}`], /is docker-archive, not oci-archive/);
  refuse(['pull', `dir:${at('none')}`], /cannot read/);
  refuse(['pull', 'docker-daemon:x:1'], /docker-daemon: are not supported/);
  refuse(['pull', 'oci:'], /oci: needs a path/);
  refuse(['push', id, `docker-archive:${at('s-docker.tar')}`], /exists already/);
  refuse(['push', id, `dir:${at('s-dir')}`], /not an empty directory/);
  refuse(['push', '-f', 'v2s2', id, `oci:${at('x')}`], /takes images of the format oci/);
  refuse(['push', '-f', 'v2s1', id, `dir:${at('x')}`], /v2s1 is not supported: registries/);
  refuse(['load', '-i', at('none-such')], /cannot read ".*none-such": no such file or directory\n/);
  refuse(['push', '--compress', id, `oci:${at('x')}`], /--compress needs a destination dir:/);
  refuse(['push', '--sign-by', 'x', id, `dir:${at('x')}`], /are not signed/);
});

t.test('docker-dir, and archives compressed with zstd', async (t) => {
  sandbox.ok('pull', '-q', `oci:${at('layout')}:one`);
  sandbox.ok('save', '--format', 'docker-dir', '-o', at('d-dir'), id);
  const manifest = JSON.parse(readFileSync(join(at('d-dir'), 'manifest.json'), 'utf8'));
  t.match(manifest.mediaType, /docker\.distribution\.manifest\.v2/);
  clear();
  sandbox.ok('load', '-q', '-i', at('d-dir'));
  t.equal(field('Digest', id), digestOf(`dir:${at('d-dir')}`));
  asUser('zstd', '-q', at('docker.tar'), '-o', at('docker.tar.zst'));
  t.match(sandbox.ok('load', '-i', at('docker.tar.zst')), /some\/app:2/);
  writeFileSync(at('x.xz'), Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]));
  refuse(['load', '-i', at('x.xz')], /compressed with xz are not supported/);
  writeFileSync(at('cut.zst'), readFileSync(at('docker.tar.zst')).subarray(0, 5000));
  refuse(['load', '-i', at('cut.zst')], /zstd|not a whole|truncated|ends/i);
  refuse(['save', '--compress', id], /--compress needs --format docker-dir/);
  // Plain layers, as docker's archives have them, are compressed on request.
  clear();
  sandbox.ok('load', '-q', '-i', at('docker.tar'));
  sandbox.ok('save', '--compress', '--format', 'docker-dir', '-o', at('z-dir'), id);
  const layers = JSON.parse(readFileSync(join(at('z-dir'), 'manifest.json'), 'utf8')).layers;
  t.match(layers[0].mediaType, /tar\.gzip$/);
  t.match(digestOf(`dir:${at('z-dir')}`), /^sha256:/);
});

t.test('several images in one archive, with podman and back', async (t) => {
  sandbox.ok('tag', id, 'example.com/one:1', 'example.com/two:2');
  sandbox.ok('commit', '-q', sandbox.ok('create', id, 'true').trim(), 'example.com/three:3');
  const images = ['example.com/one:1', 'example.com/two:2', 'example.com/three:3'];
  sandbox.ok('save', '-m', '-o', at('multi.tar'), ...images);
  const flags = ['--root', at('p'), '--runroot', at('r')];
  const podman = (...args: string[]) => asUser('podman', ...flags, ...args);
  t.match(podman('load', '-q', '-i', at('multi.tar')), /one:1[\s\S]*three:3/);
  podman('save', '-q', '-m', '-o', at('back.tar'), ...images);
  podman('save', '-q', '--format', 'docker-dir', '-o', at('p-dir'), images[0] ?? '');
  podman('save', '-q', '--format', 'oci-dir', '-o', at('p-layout'), images[0] ?? '');
  const third = field('Id', images[2]);
  sandbox.ok('rm', '--all');
  clear();
  const loaded = sandbox.ok('load', '-q', '-i', at('back.tar')).trim().split('\n').sort();
  t.same(loaded, images.map((name) => `Loaded image: ${name}`).sort());
  t.equal(field('Id', images[0]), id);
  t.equal(field('Id', images[2]), third);
  for (const directory of ['p-dir', 'p-layout']) {
    clear();
    sandbox.ok('load', '-q', '-i', at(directory));
    t.equal(field('Id', id), id, directory);
  }
  asUser('podman', ...flags, 'unshare', 'rm', '-rf', at('p'), at('r'));
});

t.test('an archive that was tampered with brings nothing in', async (t) => {
  clear();
  const copy = at('broken');
  spawnSync('cp', ['-r', at('s-dir'), copy]);
  const blob = readdirSync(copy).find((name) => name.length === 64 && name !== id) ?? '';
  const bytes = readFileSync(join(copy, blob));
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  writeFileSync(join(copy, blob), bytes);
  refuse(['pull', `dir:${copy}`], /wrong digest|corrupt|checksum|digest/i);
  t.equal(sandbox.run(['image', 'exists', id]).code, 1);
  mkdirSync(at('empty'));
  refuse(['load', '-i', at('empty')], /holds no image/);
  t.same(existsSync(join(sandbox.root, 'tmp')) ? readdirSync(join(sandbox.root, 'tmp')) : [], []);
});

t.test('docker:// names an image of a registry', async (t) => {
  const registry = await startRegistry(t);
  sandbox.ok('pull', '-q', `oci:${at('layout')}:one`);
  sandbox.ok('push', id, `docker://${registry}/app:1`);
  sandbox.ok('pull', '-q', `docker://${registry}/app:1`);
  t.equal(field('Digest', `${registry}/app:1`), digest);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
