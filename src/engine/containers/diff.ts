import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { findImage } from '../../image/resolve.ts';
import { layerDiff, layerStack } from '../../store/layers.ts';
import { stagingPath } from '../../store/staging.ts';
import { makeContentDirectory } from '../../store/store-dirs.ts';
import {
  mergeLayers,
  removeTrees,
  type TreeChange,
  treeChanges,
  treeDelta,
} from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { ensureLayers } from '../images/layers.ts';
import { containerPlace, withOwnLayer } from './own-layer.ts';

/** Places that are mounted over in every container, where only mount points and a link are made. */
const mountPoints = new Set([
  '/dev',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/mtab',
  '/etc/resolv.conf',
  '/proc',
  '/run',
  '/run/.containerenv',
  '/sys',
]);

async function containerChanges(
  engine: Engine,
  name: string,
  against: string | null,
): Promise<TreeChange[]> {
  const record = findRecord(engine.store, name);
  const { layers } = containerPlace(engine, record);
  const changes = await withOwnLayer(engine, record, async (upper) => {
    if (against === null) return treeChanges(upper, layers, engine.idMap());
    return compareWith(engine, [upper, ...layers], await stackOf(engine, against));
  });
  return changes.filter(({ path }) => !mountPoints.has(path));
}

/** The diff ids of an image's layers, lowest first, all of which are there. */
async function layersOf(engine: Engine, name: string): Promise<readonly string[]> {
  const image = findImage(engine.store, name);
  if (image === null) {
    throw new BryoError('no-such-image', `${name}: image not known`, {
      hint: 'the second name is that of an image',
    });
  }
  await ensureLayers(engine, image);
  return image.config.diffIds;
}

/** The directories of the layers of an image or a container, topmost first. */
async function stackOf(engine: Engine, name: string): Promise<string[]> {
  return layerStack(engine.store, engine.idMap(), await layersOf(engine, name));
}

/** The differences between the files of some layers, seen together, and those of others. */
async function compareWith(
  engine: Engine,
  layers: readonly string[],
  others: readonly string[],
): Promise<TreeChange[]> {
  const { store } = engine;
  const idMap = engine.idMap();
  const [tree, destination] = [stagingPath(store), stagingPath(store)];
  for (const path of [tree, destination]) makeContentDirectory(idMap, path, 0o755);
  try {
    await mergeLayers([...layers].reverse(), tree, idMap);
    await treeDelta({ tree, layers: others, destination }, idMap);
    return await treeChanges(destination, others, idMap);
  } finally {
    await removeTrees([tree, destination], idMap);
  }
}

/** The topmost layer of an image against those below it, or all of it against another image. */
export async function imageChanges(
  engine: Engine,
  name: string,
  against: string | null,
): Promise<TreeChange[] | null> {
  if (findImage(engine.store, name) === null) return null;
  const { store } = engine;
  const idMap = engine.idMap();
  const diffIds = await layersOf(engine, name);
  if (against !== null) {
    const layers = layerStack(store, idMap, diffIds);
    return compareWith(engine, layers, await stackOf(engine, against));
  }
  const top = diffIds.at(-1);
  if (top === undefined) return [];
  // An image may have the same layer among those below, too.
  const below = layerStack(store, idMap, diffIds.slice(0, -1));
  return treeChanges(layerDiff(store, idMap, top), below, idMap);
}

/**
 * The changes of a container in its image, or of the last layer of an image in those below; or the
 * differences of either from another image.
 */
export async function listChanges(
  engine: Engine,
  name: string,
  against: string | null,
): Promise<TreeChange[]> {
  try {
    return await containerChanges(engine, name, against);
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'no-such-container') throw error;
    const changes = await imageChanges(engine, name, against);
    if (changes !== null) return changes;
    throw new BryoError('no-such-object', `${name}: no such container or image`);
  }
}
