import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { listRecords } from '../container/records.ts';
import { type IndexEntry, updateIndex } from '../image/layout.ts';
import {
  candidateNames,
  listImages,
  loadImage,
  type ResolvedImage,
  resolveImage,
} from '../image/resolve.ts';
import { removeLayers } from '../store/layers.ts';
import { type Store, storePaths } from '../store/paths.ts';
import type { Engine } from './engine.ts';
import { removeContainer } from './remove.ts';

export interface RemovedImage {
  untagged: string[];
  /** Ids. */
  deleted: string[];
}

/** Digests of everything that the images of an index need; null when one of them is unreadable. */
function neededBlobs(store: Store, entries: readonly IndexEntry[]): Set<string> | null {
  const needed = new Set<string>();
  try {
    for (const { descriptor } of entries) {
      const { manifest } = loadImage(store, descriptor.digest, []);
      needed.add(descriptor.digest).add(manifest.config.digest);
      for (const { digest } of manifest.layers) needed.add(digest);
    }
  } catch (error) {
    // Rather too much kept than a blob lost that a damaged image could be mended with.
    if (error instanceof BryoError) return null;
    throw error;
  }
  return needed;
}

/** Removes blobs that no image needs. The index lock is held: no image comes in meanwhile. */
function removeBlobs(store: Store, entries: readonly IndexEntry[]): void {
  const needed = neededBlobs(store, entries);
  if (needed === null) return;
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const directory = join(storePaths.blobs(store), algorithm);
    let names: string[] = [];
    try {
      names = readdirSync(directory);
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') throw error;
    }
    for (const name of names) {
      if (/^[0-9a-f]+$/.test(name) && !needed.has(`${algorithm}:${name}`)) {
        rmSync(join(directory, name), { force: true });
      }
    }
  }
}

/** Removes unpacked layers of no image and no container. */
async function removeUnusedLayers(engine: Engine): Promise<void> {
  const kept = new Set<string>(listImages(engine.store).flatMap(({ config }) => config.diffIds));
  for (const { rootfs } of listRecords(engine.store).records) {
    if (rootfs.kind === 'image') for (const diffId of rootfs.layers) kept.add(diffId);
  }
  await removeLayers(engine.store, engine.idMap(), kept);
}

async function checkUnused(engine: Engine, id: string, name: string, force: boolean) {
  const users = listRecords(engine.store).records.filter(
    ({ rootfs }) => rootfs.kind === 'image' && rootfs.imageId === id,
  );
  const [first] = users;
  if (first === undefined) return;
  if (!force) {
    throw new BryoError(
      'image-in-use',
      `image ${name} is used by container ${first.name} (${first.id.slice(0, 12)})`,
      { exitCode: 2, hint: 'remove the container first, or use --force' },
    );
  }
  for (const { id: user } of users) {
    const options = { force: true, ignore: true, volumes: false, depend: true };
    await removeContainer(engine, user, options);
  }
}

/**
 * Removes a name of an image, and the image with its last name. Throws BryoError `no-such-image`
 * (exit code 1) or `image-in-use` (2).
 */
export async function removeImage(
  engine: Engine,
  name: string,
  force: boolean,
): Promise<RemovedImage> {
  const image = resolveImage(engine.store, name);
  const byId = image.id.startsWith(name.replace(/^sha256:/, '')) || name.includes('@');
  const asked = byId
    ? []
    : candidateNames(name)
        .filter((n) => image.names.includes(n))
        .slice(0, 1);
  const untagged = byId ? image.names : asked;
  if (byId && image.names.length > 1 && !force) {
    throw new BryoError(
      'image-has-names',
      `image ${name} has several names: ${image.names.join(', ')}`,
      { hint: 'remove the names, or use --force' },
    );
  }
  const last = untagged.length >= image.names.length;
  if (last) await checkUnused(engine, image.id, name, force);
  updateIndex(
    engine.store,
    (entries) =>
      entries.filter(({ descriptor, name: entry }) => {
        if (descriptor.digest !== image.manifestDigest) return true;
        return !last && (entry === null || !untagged.includes(entry));
      }),
    (entries) => {
      if (last) removeBlobs(engine.store, entries);
    },
  );
  if (!last) return { untagged, deleted: [] };
  await removeUnusedLayers(engine);
  // Two manifests can share a config, and so an id: with its layers compressed in another way.
  const remains = listImages(engine.store).some(({ id }) => id === image.id);
  return { untagged, deleted: remains ? [] : [image.id] };
}

/** Removes the images that `fits` and no container uses; returns their ids. */
export async function pruneImages(
  engine: Engine,
  fits: (image: ResolvedImage) => boolean,
): Promise<string[]> {
  const used = new Set(
    listRecords(engine.store).records.flatMap(({ rootfs }) =>
      rootfs.kind === 'image' ? [rootfs.imageId] : [],
    ),
  );
  const unused = listImages(engine.store).filter((image) => !used.has(image.id) && fits(image));
  const gone = new Set<string>(unused.map(({ manifestDigest }) => manifestDigest));
  if (gone.size === 0) return [];
  updateIndex(
    engine.store,
    (entries) => entries.filter(({ descriptor }) => !gone.has(descriptor.digest)),
    (entries) => removeBlobs(engine.store, entries),
  );
  await removeUnusedLayers(engine);
  return unused.map(({ id }) => id);
}
