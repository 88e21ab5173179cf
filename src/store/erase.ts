import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { type Store, storePaths } from './paths.ts';
import { removeTrees } from './worker.ts';

/** All that commands make in a store's two directories: what names the rest comes first. */
const ownEntries = {
  root: [
    ...['names', 'index.json', 'index.copy.json', 'pods', 'secrets', 'containers', 'volumes'],
    ...['mounts', 'layers', 'layers-single', 'blobs', 'cache', 'tmp', 'unfinished', 'oci-layout'],
    ...['names.lock', 'pods.lock', 'secrets.lock', 'userns.lock', 'volumes.lock', 'index.lock'],
    ...['blobs.lock', 'layers.lock'],
  ],
  runroot: ['containers', 'events.log'],
} as const;

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
  const left: string[] = [];
  // Within a session it is a mount point.
  removedEmpty(storePaths.sessionServer(store));
  for (const place of ['root', 'runroot'] as const) {
    const directory = store[place];
    const paths = ownEntries[place].map((name) => join(directory, name)).filter(existsSync);
    if (paths.length > 0) await removeTrees(paths, idMap);
    if (!removedEmpty(directory)) left.push(directory);
  }
  return left;
}
