import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { acquireLock, lockOwner } from '../native/locks.ts';
import { isAlive } from '../native/processes.ts';
import { defaultContainerOptions } from '../request/container.ts';
import { claimFile, syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { checkContainerName, generateName } from './id.ts';
import { type ContainerRecord, isRecord } from './record.ts';

export interface RecordList {
  records: ContainerRecord[];
  garbage: string[];
  damaged: string[];
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function damagedRecord(store: Store, id: string): BryoError {
  return new BryoError('damaged-record', `the record of container ${id} is damaged`, {
    hint: `'bryo system check' tells more; ${storePaths.container(store, id)} holds its files`,
  });
}

/** The record of a container directory; null when there is none. Throws `damaged-record`. */
export function readRecord(store: Store, id: string): ContainerRecord | null {
  try {
    const path = join(storePaths.container(store, id), 'record.json');
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(record) || record.id !== id) throw damagedRecord(store, id);
    // A container of an earlier version knows nothing of what has been added since.
    const defaults = defaultContainerOptions();
    const security = { ...defaults.security, ...record.options.security };
    const options = { ...defaults, ...record.options, security };
    const { createCommand = [], health = null } = record;
    return { ...record, createCommand, health, options };
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error instanceof SyntaxError ? damagedRecord(store, id) : error;
  }
}

function nameOwner(store: Store, name: string): string | null {
  try {
    return readFileSync(storePaths.name(store, name), 'utf8').trim();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whoever made it was killed before the launcher had begun. */
function isAbandoned(store: Store, { id, creator }: ContainerRecord): boolean {
  if (isAlive(creator)) return false;
  const directory = storePaths.container(store, id);
  return !existsSync(join(directory, 'state.json')) && lockOwner(join(directory, 'lock')) === null;
}

/** The damaged container of that name or beginning of an id; null when there is none. */
export function findDamaged(store: Store, nameOrId: string): string | null {
  const owner = /^[\w.-]{1,255}$/.test(nameOrId) ? nameOwner(store, nameOrId) : null;
  const fits = (id: string) => id === owner || (nameOrId.length > 2 && id.startsWith(nameOrId));
  return listRecords(store).damaged.find(fits) ?? null;
}

/** As readRecord, without its error. */
function readUsable(store: Store, id: string): ContainerRecord | 'damaged' | null {
  try {
    return readRecord(store, id);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'damaged-record') return 'damaged';
    throw error;
  }
}

/**
 * All containers, oldest first, and the ids of directories that a killed command left behind.
 * Containers whose records are damaged are told apart: they are for `system check` and `rm`.
 */
export function listRecords(store: Store): RecordList {
  const claimed = new Set(names(storePaths.names(store)));
  const records: ContainerRecord[] = [];
  const garbage: string[] = [];
  const damaged: string[] = [];
  const seen = new Set<string>();
  for (const id of names(storePaths.containers(store))) {
    const record = readUsable(store, id);
    if (record === 'damaged') {
      damaged.push(id);
    } else if (record === null || (record.oneShot && isAbandoned(store, record))) {
      garbage.push(id);
    } else if (claimed.has(record.name) && !seen.has(record.name)) {
      seen.add(record.name);
      records.push(record);
    } else if (claimed.has(record.name) && nameOwner(store, record.name) === id) {
      const other = records.findIndex(({ name }) => name === record.name);
      if (records[other] !== undefined) records[other] = record;
    } else if (!isAlive(record.creator)) {
      if (restoreName(store, record)) records.push(record);
      else garbage.push(id);
    }
  }
  records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  return { records, garbage, damaged };
}

/**
 * Finds a container by name, id or an unambiguous beginning of its id.
 *
 * Throws BryoError `no-such-container` or `ambiguous-id`.
 */
export function findRecord(store: Store, nameOrId: string): ContainerRecord {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(nameOrId) && nameOrId.length <= 255) {
    const owner = nameOwner(store, nameOrId);
    const record = owner === null ? null : readRecord(store, owner);
    if (record !== null) return record;
    const matches = /^[0-9a-f]+$/.test(nameOrId)
      ? names(storePaths.containers(store)).filter((id) => id.startsWith(nameOrId))
      : [];
    if (matches.length > 1 && !matches.includes(nameOrId)) {
      throw new BryoError('ambiguous-id', `more than one container id begins with "${nameOrId}"`);
    }
    const found = matches[0] === undefined ? null : readRecord(store, matches[0]);
    if (found !== null && nameOwner(store, found.name) === found.id) return found;
  }
  throw new BryoError(
    'no-such-container',
    `no container with name or ID ${JSON.stringify(nameOrId)} found: no such container`,
  );
}

function bears(store: Store, id: string, name: string): boolean {
  return readRecord(store, id)?.name === name;
}

/** A name whose container is gone, or has another by now, was left by a command that was killed: it is free. */
function tryClaim(store: Store, name: string, id: string, durable: boolean): boolean {
  const path = storePaths.name(store, name);
  if (claimFile(path, id, durable ? 'durable' : 'volatile')) return true;
  const owner = nameOwner(store, name);
  if (owner === null) return claimFile(path, id, durable ? 'durable' : 'volatile');
  if (bears(store, owner, name)) return false;
  const lock = acquireLock(storePaths.namesLock(store), 'exclusive', true);
  try {
    // Others who saw the same may have been faster, and a renaming one holds the lock.
    if (nameOwner(store, name) === owner && !bears(store, owner, name)) unlinkSync(path);
  } finally {
    lock?.release();
  }
  return claimFile(path, id, durable ? 'durable' : 'volatile');
}

/**
 * In the directory of a container that has had its name, and that nobody has begun to remove. Those
 * that go with their process (`--rm`) do without.
 */
const namedMark = 'named';

/** Gives a container back the name whose file has got lost; false when it is about to go, or never was. */
function restoreName(store: Store, { id, name }: ContainerRecord): boolean {
  return (
    existsSync(join(storePaths.container(store, id), namedMark)) &&
    claimFile(storePaths.name(store, name), id, 'volatile')
  );
}

function writeRecord(directory: string, record: ContainerRecord): void {
  const durability = record.options.remove ? 'volatile' : 'durable';
  writeFileAtomic(join(directory, 'record.json'), JSON.stringify(record), durability);
}

function claimOrFail(store: Store, record: ContainerRecord): ContainerRecord {
  const durable = !record.options.remove;
  const requested = record.options.name;
  const named = join(storePaths.container(store, record.id), namedMark);
  if (requested === null) {
    let renamed = record;
    for (let attempt = 1; !tryClaim(store, renamed.name, record.id, durable); attempt += 1) {
      renamed = { ...renamed, name: generateName(attempt) };
      writeRecord(storePaths.container(store, record.id), renamed);
    }
    if (durable) writeFileAtomic(named, '', 'volatile');
    return renamed;
  }
  if (tryClaim(store, requested, record.id, durable)) {
    if (durable) writeFileAtomic(named, '', 'volatile');
    return record;
  }
  throw new BryoError(
    'name-in-use',
    `the container name "${requested}" is already in use by ${nameOwner(store, requested) ?? ''}`,
    { hint: 'remove that container, or choose another name' },
  );
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
  writeRecord(prepared, record);
  renameSync(prepared, storePaths.container(store, record.id));
  if (!record.options.remove) syncDirectory(storePaths.containers(store));
  return claimOrFail(store, record);
}

/** Writes a changed record of a container that keeps its name. */
export function replaceRecord(store: Store, record: ContainerRecord): void {
  writeRecord(storePaths.container(store, record.id), record);
}

/**
 * Gives a container another name: the new one is claimed before the old one is given back, so that
 * it has a name whenever this is cut short. Throws BryoError `name-in-use` or `bad-name`.
 */
export function renameRecord(store: Store, record: ContainerRecord, name: string): void {
  checkContainerName(name);
  if (name === record.name) return;
  const lock = acquireLock(storePaths.namesLock(store), 'exclusive', true);
  try {
    const inUse = nameOwner(store, name);
    if (inUse !== null && !bears(store, inUse, name)) unlinkSync(storePaths.name(store, name));
    if (!claimFile(storePaths.name(store, name), record.id, 'durable')) {
      throw new BryoError(
        'name-in-use',
        `the container name "${name}" is already in use by ${nameOwner(store, name) ?? ''}`,
      );
    }
    replaceRecord(store, { ...record, name, options: { ...record.options, name } });
    releaseName(store, record);
  } finally {
    lock?.release();
  }
}

/** The first step of a container's removal: whoever is killed after it has removed it. */
export function abandonRecord(store: Store, record: ContainerRecord): void {
  rmSync(join(storePaths.container(store, record.id), namedMark), { force: true });
  releaseName(store, record);
}

/** Gives a container's name back, if it is still its own. */
function releaseName(store: Store, record: ContainerRecord): void {
  if (nameOwner(store, record.name) === record.id) unlinkSync(storePaths.name(store, record.name));
}
