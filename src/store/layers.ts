import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { type Store, storePaths } from './paths.ts';
import { stagingPath } from './staging.ts';
import { removeTrees } from './worker.ts';

/** layers/<hex>/layer.json. */
export interface LayerInfo {
  diffId: string;
  /** Bytes of the uncompressed tar. */
  size: number;
  /** Bytes of the files in it. */
  bytes: number;
}

/** A diff id without its algorithm: the name of the layer's directory. */
export function diffHex(diffId: string): string {
  return diffId.slice(diffId.indexOf(':') + 1);
}

/** The directory that holds a layer's files. */
export function layerDiff(store: Store, idMap: IdMap, diffId: string): string {
  return join(storePaths.layer(store, idMap.kind === 'single', diffHex(diffId)), 'diff');
}

/** Removes the layers whose diff ids are not in `kept`. */
export async function removeLayers(
  store: Store,
  idMap: IdMap,
  kept: ReadonlySet<string>,
): Promise<void> {
  const directory = storePaths.layers(store, idMap.kind === 'single');
  let present: string[] = [];
  try {
    present = readdirSync(directory);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
  const gone = present.filter((hex) => !kept.has(`sha256:${hex}`));
  const moved = gone.map((hex) => {
    const staging = stagingPath(store);
    // Out of sight in one step: a half-removed layer must never be found under its name.
    renameSync(join(directory, hex), staging);
    return staging;
  });
  await removeTrees(moved, idMap);
}
