import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigPlaces, ownDirectory, systemDirectories } from './places.ts';
import type { StorageConf, StorageConfFile } from './read-storage-conf.ts';

export const noStorageConf: StorageConf = {
  file: null,
  root: null,
  runroot: null,
  driver: null,
  mountProgram: null,
  imageStores: [],
};

/** The one file that counts (containers-storage.conf(5)): they are not put together. */
function findFile(places: ConfigPlaces): StorageConfFile | null {
  const named = places.env['CONTAINERS_STORAGE_CONF'];
  if (named) return { path: named, isOwn: true };
  const own = join(ownDirectory(places), 'storage.conf');
  if (places.uid !== 0 && existsSync(own)) return { path: own, isOwn: true };
  const { shipped, local } = systemDirectories(places);
  const path = [local, shipped].map((at) => join(at, 'storage.conf')).find((at) => existsSync(at));
  // The places of a system-wide file are root's.
  return path === undefined ? null : { path, isOwn: places.uid === 0 };
}

/** Reads storage.conf, if there is one. Throws what {@link readStorageConf} does. */
export async function loadStorageConf(places: ConfigPlaces): Promise<StorageConf> {
  const found = findFile(places);
  if (found === null) return noStorageConf;
  const { readStorageConf } = await import('./read-storage-conf.ts');
  return readStorageConf(found, places);
}
