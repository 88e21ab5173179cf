import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../native/processes.ts';
import { listDirectory } from './list-directory.ts';
import { type Store, storePaths } from './paths.ts';
import { readRecordFile, writeRecordFile } from './record-file.ts';
import { within } from './staging.ts';
import { makeStoreDirectory } from './store-dirs.ts';

/** A layer that a step of a build has made, by the digests of its content and of its blob. */
export interface CachedLayer {
  diffId: string;
  digest: string;
  size: number;
  mediaType: string;
}

/** The result of a step of a build: build/steps/KEY.json. */
export interface CachedStep {
  /** RFC 3339. */
  created: string;
  /** Null: the step changed only what the image says of itself. */
  layer: CachedLayer | null;
  /** The history's words. */
  words: string;
  /** The key that stands for it to later steps, where that is another one than its own. */
  exact?: string;
  /** Boot in which it was made: its blob may not be on the disk yet. Absent: it is. */
  boot?: string;
}

/** Whether a value has the form of a result. */
export function isStep(value: unknown): value is CachedStep {
  if (typeof value !== 'object' || value === null) return false;
  const { created, words, layer } = value as Partial<CachedStep>;
  if (typeof created !== 'string' || typeof words !== 'string') return false;
  if (layer === null) return true;
  if (typeof layer !== 'object') return false;
  const { diffId, digest, mediaType, size } = layer;
  return (
    [diffId, digest, mediaType].every((one) => typeof one === 'string') &&
    Number.isSafeInteger(size)
  );
}

function stepPath(store: Store, key: string): string {
  return join(storePaths.buildSteps(store), `${key}.json`);
}

/** The result of the step with this key (hex); null: there is none that can be trusted. */
export function readStep(store: Store, key: string): CachedStep | null {
  const reading = readRecordFile(stepPath(store, key), isStep);
  if (reading.kind !== 'sound') return null;
  const { boot } = reading.value;
  return boot === undefined || boot === bootId() ? reading.value : null;
}

/** Says that a step's result was of use just now: the time of its record is that. */
export function touchStep(store: Store, key: string): void {
  try {
    const now = new Date();
    utimesSync(stepPath(store, key), now, now);
  } catch {
    // A command that prunes was faster: the build has all it needs.
  }
}

/** Remembers a step's result. `settled`: its blob is on the disk; one that made no layer has none. */
export function writeStep(store: Store, key: string, step: CachedStep, settled = false): void {
  const directory = storePaths.buildSteps(store);
  makeStoreDirectory(store, storePaths.build(store));
  makeStoreDirectory(store, directory);
  const { boot: _boot, ...known } = step;
  const record = settled || step.layer === null ? known : { ...known, boot: bootId() };
  writeRecordFile(stepPath(store, key), record, 'volatile', within(store));
}

/** Keys of all results that are kept. */
export function stepKeys(store: Store): string[] {
  return listDirectory(storePaths.buildSteps(store))
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .map((name) => name.slice(0, -'.json'.length));
}

export function removeStep(store: Store, key: string): void {
  rmSync(stepPath(store, key), { force: true });
}

/** The layers of all results that are kept. */
export function cachedLayers(store: Store): CachedLayer[] {
  return stepKeys(store).flatMap((key) => readStep(store, key)?.layer ?? []);
}
