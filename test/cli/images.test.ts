import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('skopeo', 'zstd');
const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const archives = sandbox.makeDirectory('archives');
const hello = `oci:${join(projectDir, 'dist', 'hello')}:localhost/hello:latest`;

function skopeo(...args: string[]): void {
  execFileSync('skopeo', ['copy', '-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function archive(name: string, transport: string, ...flags: string[]): string {
  const path = join(archives, name);
  skopeo(...flags, hello, `${transport}:${path}:example.com/${name}:1`);
  chmodSync(path, 0o755);
  return path;
}

function blobs(): string[] {
  return readdirSync(join(sandbox.root, 'blobs', 'sha256')).sort();
}

t.test('load takes what docker, podman and skopeo save', async (t) => {
  const docker = archive('docker', 'docker-archive');
  t.equal(sandbox.ok('load', '-q', '-i', docker), 'Loaded image: example.com/docker:1\n');
  t.equal(sandbox.ok(...quick, 'example.com/docker:1', 'echo', 'ok'), 'ok\n');
  const oci = archive('oci', 'oci-archive');
  t.equal(sandbox.ok('load', '-q', '-i', oci), 'Loaded image: example.com/oci:1\n');
  execFileSync('gzip', ['-k', oci]);
  t.equal(sandbox.ok('load', '-q', '-i', `${oci}.gz`), 'Loaded image: example.com/oci:1\n');
  t.equal(sandbox.ok(...quick, 'example.com/oci:1', 'echo', 'ok'), 'ok\n');
  const directory = archive('layout', 'oci', '--dest-compress', '--dest-compress-format', 'zstd');
  execFileSync('chmod', ['-R', 'a+rX', directory]);
  t.equal(sandbox.ok('load', '-q', '-i', directory), 'Loaded image: example.com/layout:1\n');
  t.equal(sandbox.ok(...quick, 'example.com/layout:1', 'echo', 'ok'), 'ok\n');
  execFileSync('zstd', ['-q', docker]);
  const packed = sandbox.ok('load', '-q', '-i', `${docker}.zst`);
  t.equal(packed, 'Loaded image: example.com/docker:1\n');
});

t.test('load from standard input', async (t) => {
  const path = join(archives, 'docker');
  const [program = '', ...rest] = sandbox.argv(['load', '-q']);
  const text = execFileSync(program, rest, { input: readFileSync(path), encoding: 'utf8' });
  t.equal(text, 'Loaded image: example.com/docker:1\n');
});

t.test('a changed archive is refused', async (t) => {
  const bytes = readFileSync(join(archives, 'oci'));
  const at = bytes.indexOf(Buffer.from([0x1f, 0x8b, 0x08])) + 5000;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const path = join(archives, 'changed');
  writeFileSync(path, bytes);
  sandbox.ok('rmi', '--all', '--force');
  const before = blobs();
  const { code, stderr } = sandbox.run(['load', '-i', path]);
  t.equal(code, 125);
  t.match(stderr, /^Error: .*sha256[^\n]*\n$/);
  sandbox.ok('ps');
  t.same(blobs(), before);
  t.same(readdirSync(join(sandbox.root, 'tmp')), []);
});

t.test('pull asks for no more than its policy says', async (t) => {
  t.match(sandbox.ok('pull', '-q', '--policy', 'missing', 'hello'), /^[0-9a-f]{64}\n$/);
  const never = sandbox.run(['pull', '-q', '--policy', 'never', 'localhost:1/absent']);
  t.match(never, { code: 125, stderr: /absent: image not known/ });
  const both = sandbox.run(['pull', '-a', '--policy', 'newer', 'localhost:1/absent']);
  t.match(both, { code: 125, stderr: /--policy and --all-tags exclude each other/ });
});

t.test('import makes an image of a root filesystem', async (t) => {
  const tree = sandbox.makeDirectory('tree');
  execFileSync('mkdir', [join(tree, 'bin')]);
  execFileSync('cp', ['/bin/busybox', join(tree, 'bin', 'echo')]);
  const path = join(archives, 'tree.tar');
  execFileSync('tar', ['-C', tree, '-cf', path, 'bin']);
  const changes = ['--change', 'CMD ["/bin/echo", "made"]', '--change', 'ENV A=1 2'];
  const id = sandbox.ok('import', ...changes, '-m', 'by hand', path, 'mine:1').trim();
  t.match(id, /^sha256:[0-9a-f]{64}$/);
  t.equal(sandbox.ok(...quick, 'mine:1'), 'made\n');
  t.equal(sandbox.ok('inspect', '--format', '{{index .Config.Env 0}}', 'mine:1'), 'A=1 2\n');
  const foreign = ['import', '-q', '--arch', 'arm64', '--variant', 'v8', path, 'foreign:1'];
  t.match(sandbox.ok(...foreign), /^sha256:/);
  const platform = '{{.Os}}/{{.Architecture}}';
  t.equal(sandbox.ok('image', 'inspect', '--format', platform, 'foreign:1'), 'linux/arm64\n');
  t.match(sandbox.run(['import', '--os', 'a b', path]), { code: 125, stderr: /invalid platform/ });
  const bad = sandbox.run(['import', '--change', 'EXPOSE x', path]);
  t.equal(bad.code, 125);
  t.match(bad.stderr, /--change:1: EXPOSE x: "x" is no port/);
  t.match(
    sandbox.run(['import', '--change', 'RUN x', path]).stderr,
    /--change "RUN x": RUN is not supported/,
  );
});

t.test('rmi takes the name, and with the last name the image', async (t) => {
  const own = new Sandbox();
  const run = (...args: string[]) => own.ok(...args);
  run('load', '-q', '-i', join(archives, 'docker'));
  run('load', '-q', '-i', join(archives, 'layout'));
  const id = run('images', '-q', '--no-trunc', 'example.com/docker:1').trim();
  t.equal(run('images', '-q', '--no-trunc', 'example.com/layout:1').trim(), id, 'one config');
  t.equal(run('rmi', 'example.com/docker:1'), 'Untagged: example.com/docker:1\n', 'still there');
  t.equal(own.ok(...quick, 'example.com/layout:1', 'echo', 'ok'), 'ok\n');
  // Another manifest of the image takes its name, and a container uses it: that is no obstacle.
  run('create', '--name', 'first', '--network', 'none', 'example.com/layout:1');
  run('load', '-q', '-i', join(archives, 'docker'));
  t.equal(run('rmi', 'example.com/docker:1'), 'Untagged: example.com/docker:1\n', 'in use');
  run('load', '-q', '-i', join(archives, 'docker'));
  run('tag', 'example.com/layout:1', 'example.com/docker:1');
  t.notMatch(run('images'), '<none>', 'what lost its name is the same image');
  run('untag', 'example.com/layout:1', 'example.com/docker:1');
  run('rm', 'first');
  run('image', 'prune', '-f');
  run('create', '--name', 'user', '--network', 'none', 'example.com/layout:1');
  const used = own.run(['rmi', 'example.com/layout:1']);
  t.equal(used.code, 2);
  t.match(used.stderr, /is used by container user/);
  t.match(run('rmi', '--force', 'example.com/layout:1'), /Untagged: .*\nDeleted: [0-9a-f]{64}\n/);
  t.equal(run('rmi', '--force', 'example.com/layout:1'), '', 'it is gone already');
  t.equal(run('ps', '-aq'), '');
  t.same(readdirSync(join(own.root, 'blobs', 'sha256')), []);
  t.same(readdirSync(join(own.root, 'layers')), []);
  t.same(own.close(), []);
});

t.test('rmi keeps blobs as long as it cannot tell who needs them', async (t) => {
  const own = new Sandbox();
  own.ok('load', '-q', '-i', join(archives, 'docker'));
  own.ok('import', join(archives, 'tree.tar'), 'other:1');
  const digest = own.ok('inspect', '--format', '{{.Digest}}', 'other:1').trim();
  const blob = join(own.root, 'blobs', 'sha256', digest.slice(7));
  const bytes = readFileSync(blob);
  writeFileSync(blob, 'damaged');
  own.ok('rmi', 'example.com/docker:1');
  writeFileSync(blob, bytes);
  t.equal(own.ok(...quick, 'other:1', '/bin/echo', 'ok'), 'ok\n');
  t.same(own.close(), []);
});

t.test('images are filtered, sorted and pruned', async (t) => {
  sandbox.ok(...quick, 'hello', 'true');
  sandbox.ok('run', '--name', 'changed', '--network', 'none', 'hello', 'touch', '/new');
  sandbox.ok('commit', '-c', 'LABEL stage=1', 'changed', 'zoo:1');
  sandbox.ok('commit', 'changed', 'zoo:1');
  const list = (...flags: string[]) =>
    sandbox
      .ok('images', '--format', '{{.Repository}}:{{.Tag}}', ...flags)
      .trim()
      .split('\n');
  t.same(list('--filter', 'dangling=true'), ['<none>:<none>']);
  t.same(list('--filter', 'label=stage=1'), ['<none>:<none>']);
  t.same(list('--filter', 'reference=zo*'), ['localhost/zoo:1']);
  t.equal(list('--sort', 'repository').at(-1), 'localhost/zoo:1');
  t.match(sandbox.ok('images', '--digests', 'zoo'), /DIGEST[\s\S]*sha256:[0-9a-f]{64}/);
  t.match(sandbox.run(['images', '--sort', 'x']), { code: 125, stderr: /invalid --sort "x"/ });
  t.match(sandbox.run(['images', '--filter', 'x=1']), {
    code: 125,
    stderr: /invalid image filter "x"/,
  });
  t.match(sandbox.ok('image', 'prune', '-f'), /^[0-9a-f]{64}\n$/, 'the one without a name');
  t.equal(sandbox.ok('image', 'prune', '-f'), '');
  t.same(list('--filter', 'dangling=true'), ['']);
  sandbox.ok('image', 'prune', '-af', '--filter', 'until=0s');
  t.notOk(list().includes('localhost/zoo:1'));
  t.ok(list().includes('localhost/hello:latest'), 'what a container uses stays');
  sandbox.ok('rm', 'changed');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
