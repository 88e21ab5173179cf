import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { usedImages } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { type IndexEntry, readIndex, withIndexLock } from '../../image/layout.ts';
import { loadImage, type ResolvedImage } from '../../image/resolve.ts';
import { addNeeded } from '../../image/stored-documents.ts';
import { removeLayers } from '../../store/layers.ts';
import { openLeases } from '../../store/leases.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { cachedLayers, readStep, removeStep, stepKeys } from '../../store/step-cache.ts';
import type { Engine } from '../engine.ts';

/** Digests of everything that the images of an index need; null when one of them is unreadable. */
export function neededBlobs(store: Store, entries: readonly IndexEntry[]): Set<string> | null {
  const needed = new Set<string>();
  try {
    for (const { descriptor } of entries) {
      addNeeded(store, descriptor.digest, needed);
    }
  } catch (error) {
    // Rather too much kept than a blob lost that a damaged image could be mended with.
    if (error instanceof BryoError) return null;
    throw error;
  }
  return needed;
}

/** Digests of all blobs that are there. */
export function presentBlobs(store: Store): string[] {
  return (['sha256', 'sha512'] as const).flatMap((algorithm) =>
    listDirectory(join(storePaths.blobs(store), algorithm))
      .filter((name) => /^[0-9a-f]+$/.test(name))
      .map((name) => `${algorithm}:${name}`),
  );
}

/** Results of builds go with the last image that has their layers, as podman's intermediate images do. */
function forgetSteps(
  store: Store,
  needed: ReadonlySet<string>,
  gone: readonly ResolvedImage[],
): void {
  const lost = new Set(gone.flatMap(({ manifest }) => manifest.layers.map(({ digest }) => digest)));
  if (lost.size === 0) return;
  for (const key of stepKeys(store)) {
    const digest = readStep(store, key)?.layer?.digest;
    if (digest !== undefined && (lost as Set<string>).has(digest) && !needed.has(digest)) {
      removeStep(store, key);
    }
  }
}

/**
 * Removes blobs that no image needs, nor one that is just being pulled. The index lock is held: no
 * image comes in meanwhile. `gone`: images that were removed just now.
 */
export function removeBlobs(
  store: Store,
  entries: readonly IndexEntry[],
  gone: readonly ResolvedImage[] = [],
): void {
  const needed = neededBlobs(store, entries);
  if (needed === null) return;
  forgetSteps(store, needed, gone);
  for (const { digest } of cachedLayers(store)) needed.add(digest);
  const leases = openLeases(storePaths.blobLeases(store));
  try {
    for (const digest of presentBlobs(store)) {
      if (needed.has(digest) || !leases.hold(digest)) continue;
      const [algorithm = '', hex = ''] = digest.split(':');
      rmSync(storePaths.blob(store, algorithm, hex), { force: true });
      leases.drop(digest);
    }
  } finally {
    leases.close();
  }
}

/** Diff ids of the layers of all images; null when one of them is unreadable. */
function layersOfImages(store: Store): Set<string> | null {
  const needed = new Set<string>();
  for (const { descriptor } of readIndex(store)) {
    try {
      for (const diffId of loadImage(store, descriptor.digest, []).config.diffIds) {
        needed.add(diffId);
      }
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      // Lists for other machines and artifacts have no layers here.
      if (!['no-matching-platform', 'not-an-image'].includes(error.code)) return null;
    }
  }
  return needed;
}

/**
 * Diff ids of the layers that images or containers need; null when something damaged does not tell
 * what it needs.
 */
export function neededLayers(store: Store): Set<string> | null {
  const needed = layersOfImages(store);
  const { records, damaged } = listRecords(store);
  if (needed === null || damaged.length > 0) return null;
  for (const { layers } of records.flatMap(usedImages)) {
    for (const diffId of layers) needed.add(diffId);
  }
  for (const { diffId } of cachedLayers(store)) needed.add(diffId);
  // Layers that were built have no other blob than their files, whatever machine their image is for.
  const blobs = neededBlobs(store, readIndex(store));
  if (blobs === null) return null;
  for (const digest of blobs) needed.add(digest);
  return needed;
}

/** Removes unpacked layers of no image and no container. False: damage hides which these are. */
export async function removeUnusedLayers({ store, idMap }: Engine): Promise<boolean> {
  return removeLayers(store, idMap(), () => neededLayers(store));
}

/** Removes the blobs and layers that nobody needs, once these images are gone. False: damage hides which layers these are. */
export async function collectGarbage(
  engine: Engine,
  gone: readonly ResolvedImage[] = [],
): Promise<boolean> {
  const { store } = engine;
  withIndexLock(store, () => removeBlobs(store, readIndex(store), gone));
  return removeUnusedLayers(engine);
}
