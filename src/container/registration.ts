import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { syncDirectory } from '../store/atomic-file.ts';
import { fileIn } from '../store/container-files.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { writeRecordFile } from '../store/record-file.ts';
import { within } from '../store/staging.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { checkContainerName, generateName } from './id.ts';
import {
  claimName,
  dropName,
  namedMark,
  nameOwner,
  readNameFile,
  releaseName,
  withNamesLock,
} from './names.ts';
import type { ContainerRecord } from './record.ts';
import { listRecords, readContainer } from './records.ts';

/** Whether a container has the name or, as its record is damaged, may have it. */
function bears(store: Store, id: string, name: string): boolean {
  const reading = readContainer(store, id);
  return reading.kind === 'damaged' || (reading.kind === 'sound' && reading.value.name === name);
}

/** Takes away a name that was left. The names' lock is held. */
function freeName(store: Store, name: string): void {
  const file = readNameFile(store, name);
  if (file.kind === 'absent') return;
  const used =
    file.kind === 'owner'
      ? bears(store, file.id, name)
      : listRecords(store).records.some((record) => record.name === name);
  if (!used) dropName(store, name);
}

/** A name whose container is gone, or has another by now, was left by a command that was killed: it is free. */
function tryClaim(store: Store, name: string, id: string, durable: boolean): boolean {
  const durability = durable ? 'durable' : 'volatile';
  if (claimName(store, name, id, durability)) return true;
  const owner = nameOwner(store, name);
  if (owner !== null && bears(store, owner, name)) return false;
  // Other commands that saw the same may be faster, and a renaming one holds the lock.
  withNamesLock(store, () => freeName(store, name));
  return claimName(store, name, id, durability);
}

/** Removes names that no record bears, as commands that were killed leave them. */
export function sweepNames(store: Store, names: readonly string[]): void {
  if (names.length === 0) return;
  withNamesLock(store, () => {
    for (const name of names) {
      const owner = nameOwner(store, name);
      if (owner !== null && !bears(store, owner, name)) dropName(store, name);
    }
  });
}

function writeRecord(store: Store, directory: string, record: ContainerRecord): void {
  const durability = record.options.remove ? 'volatile' : 'durable';
  writeRecordFile(fileIn(directory, 'record'), record, durability, within(store));
}

function nameInUse(store: Store, name: string): BryoError {
  const owner = nameOwner(store, name) ?? '';
  return new BryoError(
    'name-in-use',
    `creating container storage: the container name "${name}" is already in use by ${owner}. You have to remove that container to be able to reuse that name: that name is already in use, or use --replace to remove it`,
  );
}

function claimOrFail(store: Store, record: ContainerRecord): ContainerRecord {
  const durable = !record.options.remove;
  const requested = record.options.name;
  let renamed = record;
  if (requested !== null) {
    if (!tryClaim(store, requested, record.id, durable)) throw nameInUse(store, requested);
  } else {
    for (let attempt = 1; !tryClaim(store, renamed.name, record.id, durable); attempt += 1) {
      renamed = { ...renamed, name: generateName(attempt) };
      replaceRecord(store, renamed);
    }
  }
  if (durable) closeSync(openSync(namedMark(store, record.id), 'w', 0o600));
  return renamed;
}

/** The name for a new container: the one asked for (checked), or a fresh one. */
export function newName(requested: string | null): string {
  if (requested === null) return generateName(0);
  checkContainerName(requested);
  return requested;
}

/**
 * Makes a prepared container exist: the record is written, the directory takes its place, then the
 * name is claimed. Until that has happened nobody sees the container.
 *
 * Returns the record, whose generated name may have changed. Throws BryoError `name-in-use`.
 */
export function publishRecord(
  store: Store,
  record: ContainerRecord,
  prepared: string,
): ContainerRecord {
  mkdirSync(storePaths.names(store), { recursive: true, mode: 0o700 });
  makeStoreDirectory(store, storePaths.containers(store));
  writeRecord(store, prepared, record);
  renameSync(prepared, storePaths.container(store, record.id));
  if (!record.options.remove) syncDirectory(storePaths.containers(store));
  return claimOrFail(store, record);
}

/** Writes a changed record of a container that keeps its name. */
export function replaceRecord(store: Store, record: ContainerRecord): void {
  writeRecord(store, storePaths.container(store, record.id), record);
}

/**
 * Gives a container another name. The record decides, which is replaced in one step: before it the new
 * name's file counts for nothing, after it the old one's. Throws BryoError `name-in-use` or `bad-name`.
 */
export function renameRecord(store: Store, record: ContainerRecord, name: string): void {
  checkContainerName(name);
  if (name === record.name) return;
  withNamesLock(store, () => {
    freeName(store, name);
    if (!claimName(store, name, record.id, 'durable')) throw nameInUse(store, name);
    try {
      replaceRecord(store, { ...record, name, options: { ...record.options, name } });
    } catch (error) {
      releaseName(store, name, record.id);
      throw error;
    }
    releaseName(store, record.name, record.id);
  });
}

/** The first step of a container's removal: whoever is killed after it has removed it. */
export function abandonRecord(store: Store, record: ContainerRecord): void {
  rmSync(namedMark(store, record.id), { recursive: true, force: true });
  releaseName(store, record.name, record.id);
}
