import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { listRecords } from '../container/records.ts';
import { digestHex } from '../image/digest.ts';
import { updateIndex } from '../image/layout.ts';
import { candidateNames, listImages, resolveImage } from '../image/resolve.ts';
import { removeLayers } from '../store/layers.ts';
import { storePaths } from '../store/paths.ts';
import type { Engine } from './engine.ts';
import { removeContainer } from './remove.ts';

export interface RemovedImage {
  untagged: string[];
  /** Ids. */
  deleted: string[];
}

/** Removes blobs that no image refers to. */
function removeBlobs(engine: Engine): void {
  const kept = new Set<string>();
  for (const { manifestDigest, manifest } of listImages(engine.store)) {
    for (const digest of [manifestDigest, manifest.config.digest]) kept.add(digest);
    for (const { digest } of manifest.layers) kept.add(digest);
  }
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const directory = join(storePaths.blobs(engine.store), algorithm);
    let names: string[] = [];
    try {
      names = readdirSync(directory);
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') throw error;
    }
    for (const name of names) {
      if (/^[0-9a-f]+$/.test(name) && !kept.has(`${algorithm}:${name}`)) {
        rmSync(join(directory, name), { force: true });
      }
    }
  }
}

async function collect(engine: Engine): Promise<void> {
  removeBlobs(engine);
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
    await removeContainer(engine, user, { force: true, ignore: true, volumes: false });
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
  updateIndex(engine.store, (entries) =>
    entries.filter(({ descriptor, name: entry }) => {
      if (descriptor.digest !== image.manifestDigest) return true;
      return !last && (entry === null || !untagged.includes(entry));
    }),
  );
  if (last) await collect(engine);
  return { untagged, deleted: last ? [digestHex(image.manifest.config.digest)] : [] };
}
