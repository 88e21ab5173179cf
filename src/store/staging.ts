import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { isAlive, ownIdentity } from '../native/processes.ts';
import { type Store, storePaths } from './paths.ts';
import { makeStoreDirectory } from './store-dirs.ts';
import { removeTrees } from './worker.ts';

/**
 * A path in the staging directory that is free, named after this process: what a killed process
 * leaves there is recognised and swept by the next command.
 */
export function stagingPath(store: Store): string {
  makeStoreDirectory(store, storePaths.staging(store));
  return join(storePaths.staging(store), `${ownIdentity()}.${randomBytes(6).toString('hex')}`);
}

/** Removes what processes that are no more have left in the staging directory. */
export async function sweepStaging(store: Store, idMap: () => IdMap): Promise<void> {
  let entries: string[];
  try {
    entries = readdirSync(storePaths.staging(store));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return;
    throw error;
  }
  const dead = entries.filter((entry) => !isAlive(entry.slice(0, entry.lastIndexOf('.'))));
  if (dead.length === 0) return;
  await removeTrees(
    dead.map((entry) => join(storePaths.staging(store), entry)),
    idMap(),
  );
}
