import { existsSync, statSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { lockOwner } from '../native/locks.ts';
import { uptimeSeconds } from '../native/process-status.ts';
import { isAlive } from '../native/processes.ts';
import { defaultContainerOptions } from '../request/container.ts';
import { currentMount } from '../request/mounts/earlier.ts';
import { containerFile, fileIn } from '../store/container-files.ts';
import { KeptReadings } from '../store/kept-readings.ts';
import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import {
  DamagedRecordError,
  type RecordProblem,
  type RecordReading,
  readNeededRecord,
} from '../store/record-file.ts';
import { idsBeginning } from './id-index.ts';
import {
  hasNamedMark,
  isContainerId,
  nameOf,
  nameOwner,
  readNameFile,
  restoreName,
} from './names.ts';
import { type ContainerRecord, isRecord } from './record.ts';

/** A container of which nothing is known but what its files tell. */
export interface DamagedContainer {
  id: string;
  /** Null: its name is lost, too. */
  name: string | null;
  problem: RecordProblem;
}

export interface RecordList {
  records: ContainerRecord[];
  /** Ids of what killed commands have left half made or half removed. */
  garbage: string[];
  damaged: DamagedContainer[];
  /** Names that no record bears. */
  staleNames: string[];
}

/** The error of a damaged record, for whoever needs it whole. */
export function damagedContainer(
  store: Store,
  id: string,
  problem: RecordProblem,
): DamagedRecordError {
  const directory = storePaths.container(store, id);
  const remedy = `save what you need of ${directory}, then 'bryo rm --force ${id.slice(0, 12)}'`;
  return new DamagedRecordError(`container ${id}`, problem, remedy);
}

const readings = new KeptReadings<RecordReading<ContainerRecord>>();

/** As readContainer; the record may be one that other callers have, too. */
function readShared(store: Store, id: string): RecordReading<ContainerRecord> {
  const read = () => readContainer(store, id);
  return readings.read(containerFile(store, id, 'record'), read, read);
}

/** The record of a container directory, or what is wrong with it. */
export function readContainer(store: Store, id: string): RecordReading<ContainerRecord> {
  const directory = storePaths.container(store, id);
  const isOwn = (value: unknown): value is ContainerRecord => isRecord(value) && value.id === id;
  const reading = readNeededRecord(fileIn(directory, 'record'), isOwn);
  if (reading.kind === 'damaged') return existsSync(directory) ? reading : { kind: 'absent' };
  // A container of an earlier version knows nothing of what has been added since.
  const record = reading.value;
  const defaults = defaultContainerOptions();
  const security = { ...defaults.security, ...record.options.security };
  const mounts = (record.options.mounts ?? []).map(currentMount);
  const options = { ...defaults, ...record.options, security, mounts };
  const { createCommand = [], health = null } = record;
  return { kind: 'sound', value: { ...record, createCommand, health, options } };
}

/** The record of a container; null when there is none. Throws DamagedRecordError. */
export function readRecord(store: Store, id: string): ContainerRecord | null {
  const reading = readContainer(store, id);
  if (reading.kind === 'damaged') throw damagedContainer(store, id, reading.problem);
  return reading.kind === 'sound' ? reading.value : null;
}

/** Whether a container's maker was killed before the launcher had begun. */
function isAbandoned(store: Store, { id, creator }: ContainerRecord): boolean {
  if (isAlive(creator)) return false;
  const directory = storePaths.container(store, id);
  return !existsSync(fileIn(directory, 'state')) && lockOwner(fileIn(directory, 'lock')) === null;
}

/**
 * A container that nothing names and whose record is no good is being removed or was when that was cut
 * short. What a power cut has left of one that was to go with its process is no better.
 */
function isRemains(store: Store, id: string, name: string | null): boolean {
  if (hasNamedMark(store, id)) return false;
  if (name === null) return true;
  const status = statSync(storePaths.container(store, id), { throwIfNoEntry: false });
  return status === undefined || status.birthtimeMs < Date.now() - uptimeSeconds() * 1000;
}

/** The damaged container of that name or beginning of an id; null when there is none. */
export function findDamaged(store: Store, nameOrId: string): DamagedContainer | null {
  const { damaged } = listRecords(store);
  const fits = ({ id, name }: DamagedContainer) =>
    name === nameOrId || (nameOrId.length > 2 && id.startsWith(nameOrId));
  return damaged.find(fits) ?? null;
}

/** All containers, oldest first, and what else there is. */
export function listRecords(store: Store): RecordList {
  const claimed = new Set(listDirectory(storePaths.names(store)));
  const list: RecordList = { records: [], garbage: [], damaged: [], staleNames: [] };
  const { records, garbage, damaged } = list;
  const borne = new Set<string>();
  for (const id of listDirectory(storePaths.containers(store)).filter(isContainerId)) {
    const reading = readShared(store, id);
    if (reading.kind === 'absent') continue;
    if (reading.kind === 'damaged') {
      const name = nameOf(store, id);
      if (name !== null) borne.add(name);
      if (isRemains(store, id, name)) garbage.push(id);
      else damaged.push({ id, name, problem: reading.problem });
      continue;
    }
    const record = reading.value;
    if (record.oneShot && isAbandoned(store, record)) {
      garbage.push(id);
    } else if (claimed.has(record.name) && !borne.has(record.name)) {
      borne.add(record.name);
      records.push(record);
    } else if (claimed.has(record.name) && nameOwner(store, record.name) === id) {
      const other = records.findIndex(({ name }) => name === record.name);
      if (records[other] !== undefined) records[other] = record;
    } else if (!isAlive(record.creator)) {
      if (restoreName(store, record.name, record.id)) records.push(record);
      else garbage.push(id);
    }
  }
  records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  list.staleNames = [...claimed].filter((name) => !borne.has(name));
  return list;
}

/** Whether a container has the name that its record says: it has just been made, or is about to go. */
function hasItsName(store: Store, { id, name }: ContainerRecord): boolean {
  const file = readNameFile(store, name);
  if (file.kind === 'owner') return file.id === id;
  return file.kind === 'damaged' || restoreName(store, name, id);
}

/** A container whose name's file is lost or damaged, by its name. */
function findByLostName(store: Store, name: string): ContainerRecord | null {
  const count = (directory: string) => listDirectory(directory).length;
  const isLost =
    readNameFile(store, name).kind !== 'absent' ||
    count(storePaths.containers(store)) > count(storePaths.names(store));
  if (!isLost) return null;
  return listRecords(store).records.find((record) => record.name === name) ?? null;
}

function findById(store: Store, prefix: string): ContainerRecord | null {
  if (!/^[0-9a-f]+$/.test(prefix)) return null;
  const exists = (id: string) => existsSync(storePaths.container(store, id));
  const matches = isContainerId(prefix)
    ? [prefix]
    : idsBeginning(storePaths.containers(store), prefix, exists);
  if (matches.length > 1) {
    throw new BryoError('ambiguous-id', `more than one container id begins with "${prefix}"`);
  }
  const found = matches[0] === undefined ? null : readRecord(store, matches[0]);
  return found !== null && hasItsName(store, found) ? found : null;
}

/**
 * Finds a container by name, id or an unambiguous beginning of its id.
 *
 * Throws BryoError `no-such-container` or `ambiguous-id`, and DamagedRecordError.
 */
export function findRecord(store: Store, asked: string): ContainerRecord {
  // As docker shows names.
  const nameOrId = asked.replace(/^\//, '');
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(nameOrId) && nameOrId.length <= 255) {
    const owner = nameOwner(store, nameOrId);
    const record = owner === null ? null : readRecord(store, owner);
    if (record?.name === nameOrId) return record;
    const found = findById(store, nameOrId) ?? findByLostName(store, nameOrId);
    if (found !== null) return found;
  }
  throw new BryoError(
    'no-such-container',
    `no container with name or ID ${JSON.stringify(asked)} found: no such container`,
    { about: asked },
  );
}
