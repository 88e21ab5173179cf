import { rmdirSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { type Store, storePaths } from './paths.ts';
import { removeTrees } from './worker.ts';

/** All that commands make in a store's two directories: what names the rest comes first. */
function ownPaths(store: Store): string[] {
  const p = storePaths;
  const named = [p.names, p.index, p.indexCopy, p.pods, p.secrets, p.containers, p.volumes];
  const content = [p.imageMounts, p.blobs, p.cache, p.staging, p.unfinished, p.ociLayout];
  const locks = [p.namesLock, p.podsLock, p.secretsLock, p.usernsLock, p.volumesLock, p.indexLock];
  const leases = [p.blobLeases, p.layerLeases];
  const running = [p.runContainers, p.events, p.olderEvents];
  return [
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
  return [store.root, store.runroot].filter((directory) => !removedEmpty(directory));
}
