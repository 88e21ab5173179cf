import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { IdMap } from '../base/id-map.ts';
import { type Store, storePaths } from './paths.ts';

/** Makes a directory of the store unless it is there, private to the caller. */
export function makeStoreDirectory(store: Store, path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
  if (!made || store.searchGroup === null) return;
  chownSync(path, process.geteuid?.() ?? 0, store.searchGroup);
  chmodSync(path, 0o710);
}

/** Makes a directory that containers see the inside of: it belongs to their root. */
export function makeContentDirectory(idMap: IdMap, path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
  const [uid] = idMap.uids;
  const [gid] = idMap.gids;
  if (idMap.kind === 'root' && uid && gid) chownSync(path, uid.hostId, gid.hostId);
}

/** Makes the parents of a store of root's as /var/lib is, whatever the umask. */
function makeOpenParents(path: string): void {
  const parent = dirname(path);
  const first = mkdirSync(parent, { recursive: true });
  if (first === undefined) return;
  for (let made = parent; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

/** Makes a store's directories. */
export function makeStore(store: Store): void {
  if (store.searchGroup !== null) makeOpenParents(store.root);
  for (const path of [
    store.root,
    storePaths.containers(store),
    storePaths.staging(store),
    storePaths.cache(store),
  ]) {
    makeStoreDirectory(store, path);
  }
}
