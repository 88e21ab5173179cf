import { mkdirSync } from 'node:fs';
import { type Store, storePaths } from './paths.ts';

/** Makes a store's directories, private to the user. */
export function makeStore(store: Store): void {
  for (const path of [store.root, storePaths.containers(store), storePaths.cache(store)]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
}
