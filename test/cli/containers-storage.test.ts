import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('podman', 'fuse-overlayfs');
t.setTimeout(300_000);
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('podman');
const quick = ['run', '--rm', '--network', 'none'];

function asUser(...argv: string[]): string {
  const [program = '', ...rest] = asTestUser(argv);
  return execFileSync(program, rest, { encoding: 'utf8', cwd: '/', stdio: 'pipe' });
}

function podman(driver: string, ...args: string[]): string {
  const [root, run] = [join(place, driver), join(place, `${driver}-run`)];
  return asUser('podman', '--root', root, '--runroot', run, '--storage-driver', driver, ...args);
}

function refuse(name: string, stderr: RegExp): void {
  const result = sandbox.run(['pull', name]);
  t.match(result, { code: 125, stdout: '', stderr }, name);
  t.equal(result.stderr.trimEnd().split('\n').length, 1, 'one line');
}

/** A tree with whatever an archive has to say: modes, links, owners, long names, a hole. */
const script = [
  'mkdir -p /d/sub && echo content > /d/file && chmod 4750 /d/file && chown 12:34 /d/file',
  'ln /d/file /d/hard && ln -s ../d/file /d/soft && : > /d/empty',
  `echo long > /d/${'n'.repeat(200)} && dd if=/dev/zero of=/d/zeros bs=1024 count=300 2>/dev/null`,
  "printf x > '/d/with space and $(letters)'",
].join(' && ');

t.before(() => {
  sandbox.ok(...quick, 'hello', 'true');
  const made = sandbox.ok('create', '--network', 'none', 'hello', 'sh', '-c', script).trim();
  sandbox.ok('start', '--attach', made);
  sandbox.ok('commit', '-q', made, 'example.com/tree:1');
  const removed = sandbox
    .ok('create', 'example.com/tree:1', 'rm', '-r', '/d/sub', '/d/empty')
    .trim();
  sandbox.ok('start', '--attach', removed);
  sandbox.ok('commit', '-q', removed, 'example.com/tree:2');
  sandbox.ok('rm', '--all');
  sandbox.ok(
    'save',
    '-m',
    '-o',
    join(place, 'tree.tar'),
    'example.com/tree:1',
    'example.com/tree:2',
  );
});

for (const driver of ['overlay', 'vfs']) {
  t.test(`images of podman with ${driver}`, async (t) => {
    const listing = ['find', '/d', '-exec', 'ls', '-ldn', '{}', ';'];
    const before = sandbox.ok(...quick, 'example.com/tree:2', ...listing);
    podman(driver, 'load', '-q', '-i', join(place, 'tree.tar'));
    podman(driver, 'tag', 'example.com/tree:2', 'example.com/other:3');
    const id = podman(driver, 'inspect', '--format', '{{.Id}}', 'example.com/tree:2').trim();
    sandbox.ok('rmi', '--all', '--force');
    const source = `containers-storage:[${driver}@${join(place, driver)}]`;
    t.equal(sandbox.ok('pull', '-q', `${source}example.com/tree:2`), `${id}\n`, 'the same id');
    const names = sandbox.ok('images', '--format', '{{.Repository}}:{{.Tag}}').trim().split('\n');
    t.same(names.sort(), ['example.com/other:3', 'example.com/tree:2']);
    t.equal(sandbox.ok(...quick, 'example.com/tree:2', ...listing), before);
    t.equal(sandbox.ok(...quick, 'example.com/tree:2', 'cat', '/d/hard'), 'content\n');
    // Layers that are there are not made again, and the image is found by its id as well.
    t.equal(
      sandbox.ok('pull', '-q', `containers-storage:[${join(place, driver)}]@${id}`),
      `${id}\n`,
    );
    // podman can write what bryo has committed, too.
    podman(driver, 'save', '-q', '-o', join(place, `${driver}.tar`), 'example.com/tree:2');
    refuse(`${source}example.com/none`, /has no image example\.com\/none/);
    sandbox.ok('system', 'check');
  });
}

t.test('a store that is not as it was', async (t) => {
  sandbox.ok('rmi', '--all', '--force');
  const source = `containers-storage:[vfs@${join(place, 'vfs')}]example.com/tree:1`;
  const layers = join(place, 'vfs', 'vfs', 'dir');
  for (const layer of readdirSync(layers)) {
    const zeros = join(layers, layer, 'd', 'zeros');
    podman(
      'vfs',
      'unshare',
      'sh',
      '-c',
      `[ ! -e ${zeros} ] || printf x | dd of=${zeros} conv=notrunc`,
    );
  }
  refuse(source, /its files were changed/);
  podman('vfs', 'unshare', 'sh', '-c', `for f in ${layers}/*/d/zeros; do : > $f; done`);
  refuse(source, /is not the file that the layer had/);
  podman(
    'vfs',
    'unshare',
    'sh',
    '-c',
    `for f in ${layers}/*/d/zeros; do rm $f; ln -s /etc/passwd $f; done`,
  );
  refuse(source, /d\/zeros/);
  t.same(readdirSync(join(sandbox.root, 'tmp')), []);
  const split = join(place, 'vfs', 'vfs-layers');
  const files = readdirSync(split).filter((name) => name.endsWith('.gz'));
  for (const name of files) writeFileSync(join(split, name), 'no gzip');
  refuse(source, /tar-split\.gz is damaged/);
  refuse(`containers-storage:[${place}]x`, /holds no images of podman's/);
  refuse(`containers-storage:[btrfs@${place}]x`, /storage driver btrfs cannot be read/);
  refuse('containers-storage:', /needs a name/);
  mkdirSync(join(place, 'bad', 'vfs-images'), { recursive: true });
  writeFileSync(join(place, 'bad', 'vfs-images', 'images.json'), '[{"id":"../../etc"}]');
  chmodSync(join(place, 'bad'), 0o755);
  refuse(`containers-storage:[${join(place, 'bad')}]x`, /is no id/);
  const pushed = sandbox.run(['push', 'hello', 'containers-storage:x']);
  t.match(pushed, { code: 125, stderr: /not known|nothing is written/ });
});

t.test('nothing is left behind', async (t) => {
  for (const driver of ['overlay', 'vfs']) {
    const root = join(place, driver);
    const gone = `umount ${root}/overlay; rm -rf ${root} ${root}-run`;
    podman(driver, 'unshare', 'sh', '-c', `${gone} 2> /dev/null`);
  }
  t.same(sandbox.close(), []);
});
