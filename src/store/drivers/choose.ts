import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { writeFileAtomic } from '../atomic-file.ts';
import { type Store, storePaths } from '../paths.ts';
import { within } from '../staging.ts';
import { makeStore, makeStoreDirectory } from '../store-dirs.ts';
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

/** A driver that cannot be used here, and why. */
export interface RefusedDriver {
  name: StorageDriverName;
  why: string;
}

/** Which driver is used for new containers. */
export interface DriverChoice {
  driver: StorageDriver;
  /** Whether it was asked for; else it is the first that works. */
  requested: boolean;
  /** The drivers that were tried before it. */
  refused: RefusedDriver[];
}

type Probe = (driver: StorageDriver) => Promise<string | null>;

async function firstUsable(probe: Probe): Promise<DriverChoice> {
  const refused: RefusedDriver[] = [];
  for (const driver of drivers) {
    const why = await probe(driver);
    if (why === null) return { driver, requested: false, refused };
    refused.push({ name: driver.name, why });
  }
  return { driver: vfsDriver, requested: false, refused };
}

/** Whether overlay can be used, as it was found out before for this kernel; undefined: not yet. */
function remembered(path: string): string | null | undefined {
  try {
    const [kernel, refusal] = readFileSync(path, 'utf8').split('\n');
    if (kernel !== release()) return undefined;
    return refusal === '' ? null : refusal;
  } catch {
    return undefined;
  }
}

/** The staging directory: what a killed command leaves there is swept. */
function probeDirectory(store: Store): string {
  makeStore(store);
  makeStoreDirectory(store, storePaths.staging(store));
  return storePaths.staging(store);
}

/** Asks overlay by mounting one, and remembers the answer. */
async function probeOverlay(store: Store, idMap: IdMap, memory: string): Promise<string | null> {
  const refusal = await overlayDriver.probe(probeDirectory(store), idMap);
  writeFileAtomic(memory, `${release()}\n${refusal ?? ''}\n`, 'volatile', within(store));
  return refusal;
}

function overlayMemory(store: Store, idMap: IdMap): string {
  return join(storePaths.cache(store), `overlay-${idMap.kind}`);
}

async function requestedDriver(store: Store, name: string, idMap: IdMap): Promise<StorageDriver> {
  const driver = driverByName(name);
  const refusal = await driver.probe(probeDirectory(store), idMap);
  if (refusal === null) return driver;
  throw new BryoError('bad-storage-driver', `storage driver ${driver.name}: ${refusal}`);
}

/**
 * The driver to use for new containers: the one asked for, else the first that works here. What
 * mounting an overlay has shown is kept per kernel release and kind of id mapping.
 */
export async function chooseDriver(
  store: Store,
  requested: string | null,
  idMap: IdMap,
): Promise<StorageDriver> {
  if (requested !== null) return requestedDriver(store, requested, idMap);
  const memory = overlayMemory(store, idMap);
  const { driver } = await firstUsable(async (candidate) => {
    if (candidate !== overlayDriver) return candidate.probe(probeDirectory(store), idMap);
    const known = remembered(memory);
    return known === undefined ? probeOverlay(store, idMap, memory) : known;
  });
  return driver;
}

/** Chooses a driver with reasons, from a fresh look at the machine, which later choices go by. */
export async function explainDriver(
  store: Store,
  requested: string | null,
  idMap: IdMap,
): Promise<DriverChoice> {
  if (requested !== null) {
    const driver = await requestedDriver(store, requested, idMap);
    return { driver, requested: true, refused: [] };
  }
  const memory = overlayMemory(store, idMap);
  return firstUsable((candidate) =>
    candidate === overlayDriver
      ? probeOverlay(store, idMap, memory)
      : candidate.probe(probeDirectory(store), idMap),
  );
}
