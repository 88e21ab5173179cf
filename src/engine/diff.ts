import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { findRecord } from '../container/records.ts';
import { findImage } from '../image/resolve.ts';
import { layerDiff } from '../store/layers.ts';
import { storePaths } from '../store/paths.ts';
import { type TreeChange, treeChanges } from '../store/worker.ts';
import type { Engine } from './engine.ts';
import { ensureLayers } from './layers.ts';

/** Places that are mounted over in every container, and where only mount points are made. */
const mountPoints = new Set([
  '/dev',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/proc',
  '/run',
  '/run/.containerenv',
  '/sys',
]);

function diffs(engine: Engine, diffIds: readonly string[]): string[] {
  return diffIds.map((id) => layerDiff(engine.store, engine.idMap(), id)).reverse();
}

async function containerChanges(engine: Engine, name: string): Promise<TreeChange[]> {
  const record = findRecord(engine.store, name);
  const { rootfs } = record;
  if (rootfs.kind !== 'image' || rootfs.driver === 'vfs') {
    const why = rootfs.kind === 'image' ? 'the storage driver vfs' : 'a container without an image';
    throw new BryoError('unsupported', `diff does not work with ${why}`, {
      hint: 'it keeps no layer of its own for a container',
    });
  }
  const upper = join(storePaths.container(engine.store, record.id), 'upper');
  const changes = await treeChanges(upper, diffs(engine, rootfs.layers), engine.idMap());
  return changes.filter(({ path }) => !mountPoints.has(path));
}

/** The topmost layer of an image against those below it. */
async function imageChanges(engine: Engine, name: string): Promise<TreeChange[] | null> {
  const image = findImage(engine.store, name);
  if (image === null) return null;
  await ensureLayers(engine, image);
  const [top, ...below] = diffs(engine, image.config.diffIds);
  return top === undefined ? [] : treeChanges(top, below, engine.idMap());
}

/** What a container changed in its image, or the last layer of an image in those below. */
export async function listChanges(engine: Engine, name: string): Promise<TreeChange[]> {
  try {
    return await containerChanges(engine, name);
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'no-such-container') throw error;
    const changes = await imageChanges(engine, name);
    if (changes !== null) return changes;
    throw new BryoError('no-such-object', `${name}: no such container or image`);
  }
}
