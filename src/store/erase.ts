import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { listDirectory } from './list-directory.ts';
import { type Store, storePaths } from './paths.ts';
import { removeTrees } from './worker.ts';

/** The directory of volumes; of one that the caller has chosen only what is a volume. */
function ownVolumes(store: Store): string[] {
  const directory = storePaths.volumes(store);
  if (store.volumes === undefined) return [directory];
  const volumes = listDirectory(directory)
    .map((name) => join(directory, name))
    .filter((path) => existsSync(join(path, 'volume.json')));
  return [...volumes, storePaths.volumeStaging(store)];
}

/** All that commands make in a store's two directories: what names the rest comes first. */
function ownPaths(store: Store): string[] {
  const p = storePaths;
  const named = [p.names, p.index, p.indexCopy, p.pods, p.secrets, p.containers];
  const content = [p.imageMounts, p.blobs, p.cache, p.staging, p.unfinished, p.ociLayout];
  const locks = [p.namesLock, p.podsLock, p.secretsLock, p.usernsLock, p.volumesLock, p.indexLock];
  const leases = [p.blobLeases, p.layerLeases];
  const running = [p.runContainers, p.runNetworks, p.events, p.olderEvents];
  return [
    ...ownVolumes(store),
    ...[...named, ...content, ...locks, ...leases, ...running].map((path) => path(store)),
    ...[false, true].map((single) => p.layers(store, single)),
  ];
}

function removedEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return true;
    // EBUSY: something is mounted there; EACCES: it lies in a directory that is not the caller's.
    if (['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES'].includes(errnoCode(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Removes all that commands keep in a store, and its directories. Gives the directories that had to
 * stay because there is more in them. Throws BryoError `storage-failed`.
 */
export async function eraseStore(store: Store, idMap: IdMap): Promise<string[]> {
  await removeTrees(ownPaths(store), idMap);
  // Within a session it is a mount point.
  removedEmpty(storePaths.sessionServer(store));
  const directories = [...new Set([storePaths.volumes(store), store.root, store.runroot])];
  return directories.filter((directory) => !removedEmpty(directory));
}
