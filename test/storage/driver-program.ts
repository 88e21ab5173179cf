/**
 * Goes through the interface of a storage driver as an ordinary user, and prints what it met as JSON:
 * driver-program.js DRIVER DIRECTORY, in which are lower.tar, upper.tar and tree.py.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../../src/base/text.ts';
import { storageMap } from '../../src/native/storage-map.ts';
import { runInUsernsNow } from '../../src/native/userns.ts';
import { driverByName } from '../../src/store/drivers/choose.ts';
import type { ContainerPlace, DriverRootfs } from '../../src/store/drivers/driver.ts';
import { layerSink } from '../../src/store/layer-unpack.ts';
import { layerDiff } from '../../src/store/layers.ts';
import { type Store, storePaths } from '../../src/store/paths.ts';
import { makeStore, makeStoreDirectory } from '../../src/store/store-dirs.ts';
import { packTree, removeTrees, treeChanges, treeUsages } from '../../src/store/worker.ts';

const [, , name = '', directory = ''] = process.argv;
const root = join(directory, 'root');
const store: Store = { root, runroot: join(directory, 'runroot'), searchGroup: null };
const { idMap } = storageMap();
const driver = driverByName(name);

/** Unpacks a layer into the store; resolves with its diff id. */
async function unpack(bytes: Uint8Array): Promise<string> {
  const sink = layerSink(store, idMap);
  try {
    const writer = sink.begin();
    await writer.write(bytes);
    return await writer.end('');
  } finally {
    sink.release();
  }
}

/** The shell's words for what the launcher does with a root filesystem. */
function mounting(rootfs: DriverRootfs, mountpoint: string): string {
  switch (rootfs.kind) {
    case 'overlay': {
      const { lowers, upper, work } = rootfs;
      const options = `userxattr,lowerdir=${lowers.join(':')},upperdir=${upper},workdir=${work}`;
      return `mount -t overlay overlay -o '${options}' '${mountpoint}'`;
    }
    case 'fuse-overlayfs':
      return rootfs.argv.map((word) => `'${word}'`).join(' ');
    case 'directory':
      return `mount --bind '${rootfs.path}' '${mountpoint}'`;
  }
}

/** Runs tree.py in a container's root filesystem. */
function look(place: ContainerPlace, command: 'show' | 'change'): unknown {
  const request = { place, disposable: false, inner: null, program: null };
  const mountpoint = join(place.directory, 'merged');
  const words = [
    mounting(driver.rootfs(request), mountpoint),
    `python3 '${directory}/tree.py' ${command} '${mountpoint}/c'`,
    `cd /`,
    `umount '${mountpoint}'`,
  ];
  const argv = ['/bin/sh', '-ec', words.join('\n')];
  const { exitCode, stdout, stderr } = runInUsernsNow({ argv, idMap });
  if (exitCode !== 0) throw new Error(`${command} with ${name}: status ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}

async function makeContainer(id: string, diffIds: readonly string[]): Promise<ContainerPlace> {
  const place = {
    directory: storePaths.container(store, id),
    layers: diffIds.map((diffId) => layerDiff(store, idMap, diffId)).reverse(),
  };
  makeStoreDirectory(store, place.directory);
  await driver.prepare(place, idMap);
  return place;
}

/** What the container's own layer is: as changes, as bytes, by its size. */
async function describe(place: ContainerPlace) {
  const own = await driver.ownLayer(store, place, idMap);
  const changes = await treeChanges(own.path, place.layers, idMap);
  const [usage] = await treeUsages([own.path], idMap);
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTree(own.path, idMap)) chunks.push(chunk);
  await own.release();
  const layer = Buffer.concat(chunks);
  const told = changes.map(({ kind, path }) => `${kind} ${printable(path)}`).sort();
  return { layer, told, size: usage?.size ?? 0 };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

makeStore(store);
mkdirSync(store.runroot);
const refusal = await driver.probe(store.root, idMap);
const layers: string[] = [];
for (const file of ['lower.tar', 'upper.tar']) {
  layers.push(await unpack(readFileSync(join(directory, file))));
}
const first = await makeContainer('first', layers);
const second = await makeContainer('second', layers);
const fresh = await describe(first);
const below = look(first, 'show');
const after = look(first, 'change');
const changed = await describe(first);
const again = await describe(first);
const third = await makeContainer('third', [...layers, await unpack(changed.layer)]);
const result = {
  refusal,
  fresh: { told: fresh.told, size: fresh.size },
  below,
  after,
  changed: { told: changed.told, size: changed.size },
  deterministic: digest(changed.layer) === digest(again.layer),
  beside: look(second, 'show'),
  committed: look(third, 'show'),
};
await removeTrees(
  [first, second, third].map((place) => place.directory),
  idMap,
);
const left = [storePaths.containers(store), storePaths.staging(store)].flatMap((path) =>
  readdirSync(path),
);
await removeTrees([store.root], idMap);
process.stdout.write(JSON.stringify({ ...result, left }));
