import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { randomHex } from '../base/random.ts';
import { bootId, isAlive, ownIdentity } from '../native/processes.ts';
import type { WriteOptions } from './atomic-file.ts';
import { listDirectory } from './list-directory.ts';
import { type Store, storePaths } from './paths.ts';
import { makeStoreDirectory } from './store-dirs.ts';

/**
 * A path in the staging directory that is free, named after this process: what a killed process
 * leaves there is recognised and swept by the next command.
 */
export function stagingPath(store: Store, directory = storePaths.staging(store)): string {
  makeStoreDirectory(store, directory);
  return join(directory, `${ownIdentity()}.${randomHex(6)}`);
}

/** How files of the store are written: until they have their names they are in the staging directory. */
export function within(store: Store, mode = 0o600): WriteOptions {
  return { mode, temporary: () => stagingPath(store), overDirectory: true };
}

/** As {@link within}, for files of volumes. */
export function withinVolumes(store: Store): WriteOptions {
  const temporary = () => stagingPath(store, storePaths.volumeStaging(store));
  return { mode: 0o600, temporary, overDirectory: true };
}

function keptName(): string {
  return `kept-${bootId()}`;
}

/**
 * Takes a tree out of sight that containers which run may have mounted: it stays until none runs
 * (`keptTrees`), or until the machine has started again.
 */
export function keepAside(store: Store, path: string): void {
  makeStoreDirectory(store, storePaths.staging(store));
  renameSync(path, join(storePaths.staging(store), `${keptName()}.${randomHex(6)}`));
}

/** The trees that are kept for containers which run. */
export function keptTrees(store: Store): string[] {
  const staging = storePaths.staging(store);
  return listDirectory(staging)
    .filter((entry) => entry.startsWith(keptName()))
    .map((entry) => join(staging, entry));
}

/** Removes what processes that were killed have left behind: staged trees, half-written files. */
export async function sweepStaging(store: Store, idMap: () => IdMap): Promise<void> {
  const places = new Set([storePaths.staging(store), storePaths.volumeStaging(store)]);
  const dead = [...places].flatMap((staging) =>
    listDirectory(staging)
      .filter(
        (entry) =>
          !isAlive(entry.slice(0, entry.lastIndexOf('.'))) && !entry.startsWith(keptName()),
      )
      .map((entry) => join(staging, entry)),
  );
  if (dead.length === 0) return;
  const { removeTrees } = await import('./worker.ts');
  await removeTrees(dead, idMap());
}

/**
 * Takes a directory of the store out of sight in one step; returns where it is then. Null when it
 * is not there: somebody else has taken it.
 */
export function setAside(store: Store, path: string): string | null {
  const isVolume = dirname(path) === storePaths.volumes(store);
  const aside = stagingPath(store, storePaths[isVolume ? 'volumeStaging' : 'staging'](store));
  try {
    renameSync(path, aside);
    return aside;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}
