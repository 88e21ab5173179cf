import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { writeFileAtomic } from '../atomic-file.ts';
import { type Store, storePaths } from '../paths.ts';
import { makeStore } from '../store-dirs.ts';
import type { StorageDriver, StorageDriverName } from './driver.ts';
import { fuseOverlayfsDriver } from './fuse-overlayfs.ts';
import { overlayDriver } from './overlay.ts';
import { vfsDriver } from './vfs.ts';

const drivers: readonly StorageDriver[] = [overlayDriver, fuseOverlayfsDriver, vfsDriver];

/** The driver of that name. Throws BryoError `bad-storage-driver`. */
export function driverByName(name: string): StorageDriver {
  const driver = drivers.find((candidate) => candidate.name === name);
  if (driver === undefined) {
    throw new BryoError('bad-storage-driver', `storage driver ${JSON.stringify(name)} is unknown`, {
      hint: `known drivers: ${drivers.map((candidate) => candidate.name).join(', ')}`,
    });
  }
  return driver;
}

function remembered(path: string, kernel: string): StorageDriverName | null {
  try {
    const [ownKernel, name] = readFileSync(path, 'utf8').trim().split('\n');
    const known = drivers.find((driver) => driver.name === name);
    return ownKernel === kernel && known !== undefined ? known.name : null;
  } catch {
    return null;
  }
}

async function probeAll(store: Store, idMap: IdMap): Promise<StorageDriver> {
  for (const driver of drivers) {
    if ((await driver.probe(store.root, idMap)) === null) return driver;
  }
  return vfsDriver;
}

/**
 * The driver to use for new containers: the one asked for, else the first that works here. What
 * probing found is kept per kernel release and kind of id mapping.
 */
export async function chooseDriver(
  store: Store,
  requested: string | null,
  idMap: IdMap,
): Promise<StorageDriver> {
  if (requested !== null) {
    const driver = driverByName(requested);
    makeStore(store);
    const refusal = await driver.probe(store.root, idMap);
    if (refusal === null) return driver;
    throw new BryoError('bad-storage-driver', `storage driver ${driver.name}: ${refusal}`);
  }
  const memory = join(storePaths.cache(store), `storage-driver-${idMap.kind}`);
  const known = remembered(memory, release());
  if (known !== null) return driverByName(known);
  makeStore(store);
  const driver = await probeAll(store, idMap);
  writeFileAtomic(memory, `${release()}\n${driver.name}\n`, 'volatile');
  return driver;
}
