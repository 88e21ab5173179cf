import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readIndex } from '../../image/layout.ts';
import { tryLock } from '../../native/locks.ts';
import { readLayerInfo } from '../../store/layers.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { storePaths } from '../../store/paths.ts';
import { setAside } from '../../store/staging.ts';
import { type CachedStep, readStep, removeStep, stepKeys } from '../../store/step-cache.ts';
import { removeTrees, treeUsages } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { collectGarbage, neededBlobs } from './garbage.ts';

/** The disk that builds take for later ones. */
export interface BuildCacheUsage {
  /** Results of steps that have a layer, and caches of commands. */
  total: number;
  /** The number of those that images have, too. */
  active: number;
  /** Bytes that no image takes. */
  size: number;
}

interface KeptStep {
  key: string;
  step: CachedStep | null;
}

function keptSteps({ store }: Engine): KeptStep[] {
  return stepKeys(store).map((key) => ({ key, step: readStep(store, key) }));
}

/** Digests of layers that images have. Null: it cannot be told. */
function imageBlobs({ store }: Engine): ReadonlySet<string> | null {
  return neededBlobs(store, readIndex(store));
}

function cacheNames({ store }: Engine): string[] {
  return listDirectory(storePaths.buildMounts(store)).filter((name) => /^[0-9a-f]{64}/.test(name));
}

/** The places of the caches of commands. */
function cachePlaces(engine: Engine): string[] {
  return cacheNames(engine)
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => join(storePaths.buildMounts(engine.store), name));
}

/** How much of the disk the cache of builds takes. */
export async function buildCacheUsage(engine: Engine): Promise<BuildCacheUsage> {
  const { store } = engine;
  const idMap = engine.idMap();
  const blobs = imageBlobs(engine) ?? new Set<string>();
  const layers = new Map<string, string>();
  for (const { step } of keptSteps(engine)) {
    if (step?.layer) layers.set(step.layer.diffId, step.layer.digest);
  }
  const own = [...layers].filter(([, digest]) => !blobs.has(digest));
  const bytes = own.map(([diffId]) => readLayerInfo(store, idMap, diffId)?.bytes ?? 0);
  const places = cachePlaces(engine);
  const mounts = await treeUsages(places, idMap);
  const size = [...bytes, ...mounts.map((usage) => usage.bytes)].reduce((sum, one) => sum + one, 0);
  return { total: layers.size + places.length, active: layers.size - own.length, size };
}

/** Days after which a result without a layer that no build has used goes. */
const idleDays = 30;

function isIdle({ store }: Engine, key: string): boolean {
  const path = join(storePaths.buildSteps(store), `${key}.json`);
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - modified > idleDays * 24 * 3600 * 1000;
}

/** Removes the caches of commands that no build has in use. */
async function pruneMounts(engine: Engine): Promise<number> {
  const { store } = engine;
  const moved: string[] = [];
  for (const place of cachePlaces(engine)) {
    const lock = tryLock(`${place.replace(/\.[0-9a-f]+$/, '')}.lock`, 'exclusive');
    if (lock === null) continue;
    const aside = setAside(store, place);
    if (aside !== null) moved.push(aside);
    lock.release();
  }
  await removeTrees(moved, engine.idMap());
  return moved.length;
}

/** The parts of the cache that go. */
export interface CachePruneRequest {
  /** Also results whose layers images have. */
  all: boolean;
  /** Also the caches of commands. */
  mounts: boolean;
}

/** Removes results of builds that no image has, or all; gives the bytes that are free again. */
export async function pruneBuildCache(
  engine: Engine,
  { all, mounts }: CachePruneRequest,
): Promise<number> {
  const { store } = engine;
  const before = (await buildCacheUsage(engine)).size;
  const blobs = imageBlobs(engine);
  let removed = 0;
  for (const { key, step } of keptSteps(engine)) {
    const layer = step?.layer ?? null;
    const stays = layer === null ? !isIdle(engine, key) : (blobs?.has(layer.digest) ?? true);
    if (!all && step !== null && stays) continue;
    removeStep(store, key);
    removed += 1;
  }
  if (mounts) await pruneMounts(engine);
  if (removed > 0) await collectGarbage(engine);
  return Math.max(0, before - (await buildCacheUsage(engine)).size);
}
