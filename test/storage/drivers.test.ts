/** The contract of the storage drivers: each keeps and shows the same, by its interface and by bryo. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeLayout } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { productDirectory, projectDir } from '../support/product.ts';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';
import { layerTime, lowerLayer, seenAfter, seenBelow, toldChanges, upperLayer } from './layers.ts';

requirePrograms('fuse-overlayfs', 'python3', 'setpriv', 'skopeo');
requireDevices('/dev/fuse');

interface Tree {
  entries: Record<string, string>;
  times: Record<string, number>;
  holes: string[];
  device: string | null;
}

interface Met {
  refusal: string | null;
  fresh: { told: string[]; size: number };
  below: Tree;
  after: Tree;
  changed: { told: string[]; size: number };
  deterministic: boolean;
  beside: Tree;
  committed: Tree;
  left: string[];
}

const drivers = ['overlay', 'fuse-overlayfs', 'vfs'] as const;
const layers = [lowerLayer(), upperLayer()];

/** The digest of a file with a hole is not spelled out in the table. */
function shown({ entries }: Tree): Record<string, string> {
  const sparse = entries['new-sparse'];
  if (sparse === undefined) return entries;
  return { ...entries, 'new-sparse': sparse.replace(/ [0-9a-f]{12}$/, '') };
}

function goThroughInterface(driver: string): Met {
  const sandbox = new Sandbox();
  const directory = sandbox.makeDirectory('contract');
  writeFileSync(join(directory, 'lower.tar'), layers[0] ?? '');
  writeFileSync(join(directory, 'upper.tar'), layers[1] ?? '');
  copyFileSync(join(projectDir, 'test', 'storage', 'tree.py'), join(directory, 'tree.py'));
  const program = join(productDirectory(), 'dist', 'js', 'test', 'storage', 'driver-program.js');
  const [command = '', ...args] = asTestUser([process.execPath, program, driver, directory]);
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: '/', maxBuffer: 1 << 26 });
  sandbox.close();
  if (result.status !== 0) throw new Error(`${driver}: ${result.stderr}`);
  return JSON.parse(result.stdout) as Met;
}

const sizes = new Map<string, number>();

for (const driver of drivers) {
  t.test(`${driver}, by the interface`, async (t) => {
    const met = goThroughInterface(driver);
    t.equal(met.refusal, null, 'it works here');
    t.same(met.fresh, { told: [], size: 0 }, 'a new container has changed nothing');
    t.same(shown(met.below), seenBelow, 'the layers, seen together');
    t.same([...new Set(Object.values(met.below.times))], [layerTime], 'with their times');
    t.same(shown(met.after), seenAfter, 'what a container changes');
    t.equal(met.after.device, 'Operation not permitted', 'no device can be made');
    t.same(met.after.holes, ['new-sparse'], 'a hole stays a hole');
    t.same(met.changed.told, toldChanges, 'its own layer tells the changes');
    t.ok(met.deterministic, 'the same changes give the same bytes');
    t.same(shown(met.beside), seenBelow, 'another container of these layers sees nothing of them');
    t.same(shown(met.committed), seenAfter, 'the layer, packed and unpacked on top');
    t.same(met.committed.times, met.after.times, 'with its times');
    t.same(met.left, [], 'nothing is left');
    sizes.set(driver, met.changed.size);
  });
}

/** An archive that holds the image of the layers; the test user may read it. */
function writeArchive(sandbox: Sandbox): string {
  const path = join(sandbox.directory, 'image.tar');
  const layout = writeLayout(t, layers);
  execFileSync('skopeo', ['copy', '-q', `oci:${layout}:x`, `oci-archive:${path}:example.com/c:1`]);
  chmodSync(path, 0o644);
  return path;
}

for (const [index, driver] of drivers.entries()) {
  t.test(`${driver}, by bryo`, async (t) => {
    const [sandbox, other] = [new Sandbox(), new Sandbox()];
    const use = (...args: string[]) => sandbox.ok('--storage-driver', driver, ...args);
    // The machine's own python; all that it needs is below /usr.
    const flags = ['--network', 'none', '-v', '/usr:/usr:ro'];
    const python = ['/usr/bin/python3', '-I', '/tree.py'];
    const show = (image: string): Tree =>
      JSON.parse(use('run', '--rm', ...flags, image, ...python, 'show', '/c'));
    use('load', '-q', '-i', writeArchive(sandbox));
    const image = 'example.com/c:1';
    const after = JSON.parse(use('run', '--name', 'c', ...flags, image, ...python, 'change', '/c'));
    t.same(shown(after), seenAfter, 'run');
    t.same(shown(show(image)), seenBelow, 'another run sees nothing of it');
    const told = use('diff', 'c').split('\n');
    t.same(told.filter((line) => / \/c(\/|$)/.test(line)).sort(), toldChanges, 'diff');
    const [listed] = JSON.parse(use('ps', '-as', '--format', 'json'));
    const link = '/proc/mounts'.length;
    t.equal(listed.Size.rwSize - link, sizes.get(driver), 'ps --size, /etc/mtab aside');
    use('commit', '-q', 'c', 'example.com/mine:1');
    t.same(shown(show('example.com/mine:1')), seenAfter, 'commit');
    use('commit', '-q', '--squash', 'c', 'example.com/one:1');
    t.same(shown(show('example.com/one:1')), seenAfter, 'commit --squash');
    const archive = join(sandbox.directory, 'saved.tar');
    use('save', '-o', archive, 'example.com/mine:1');
    const next = ['--storage-driver', drivers[(index + 1) % drivers.length] ?? ''];
    other.ok(...next, 'load', '-q', '-i', archive);
    const loaded = ['run', '--rm', ...flags, 'example.com/mine:1', ...python, 'show', '/c'];
    t.same(shown(JSON.parse(other.ok(...next, ...loaded))), seenAfter, 'save | load');
    t.equal(use('system', 'check'), '', 'nothing is damaged');
    t.same([...sandbox.close(), ...other.close()], [], 'nothing is left');
  });
}

t.test('a container takes the same with each driver', async (t) => {
  t.equal(new Set(sizes.values()).size, 1, [...sizes].join(' '));
});
