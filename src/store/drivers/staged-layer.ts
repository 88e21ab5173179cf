import type { IdMap } from '../../base/id-map.ts';
import type { Store } from '../paths.ts';
import { stagingPath } from '../staging.ts';
import { makeContentDirectory } from '../store-dirs.ts';
import { removeTrees } from '../worker.ts';
import type { OwnLayer } from './driver.ts';

/** A container's own layer that is made for the occasion, and goes away with its release. */
export async function stagedLayer(
  store: Store,
  idMap: IdMap,
  make: (destination: string) => Promise<void>,
): Promise<OwnLayer> {
  const path = stagingPath(store);
  makeContentDirectory(idMap, path, 0o700);
  const release = () => removeTrees([path], idMap);
  try {
    await make(path);
    return { path, release };
  } catch (error) {
    await release();
    throw error;
  }
}
