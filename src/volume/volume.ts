import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { isJsonObject } from '../base/json-object.ts';
import { randomHex } from '../base/random.ts';
import { acquireLock, type HeldLock, type LockMode } from '../native/locks.ts';
import { checkVolumeName, isVolumeName } from '../request/volume-name.ts';
import { syncDirectory } from '../store/atomic-file.ts';
import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import {
  DamagedRecordError,
  type RecordProblem,
  type RecordReading,
  readNeededRecord,
  writeRecordFile,
} from '../store/record-file.ts';
import { stagingPath, withinVolumes } from '../store/staging.ts';
import { makeContentDirectory, makeStoreDirectory } from '../store/store-dirs.ts';
import { ownEntry } from '../store/worker.ts';
import { readVolumeOptions, type VolumeOwner, type VolumeSource } from './volume-options.ts';

/** volumes/<name>/volume.json. */
export interface VolumeInfo {
  name: string;
  /** RFC 3339. */
  createdAt: string;
  anonymous: boolean;
  labels: Record<string, string>;
  /** `image`: its directory was filled with the files of an image; absent: `local`. */
  driver?: VolumeDriver;
  /**
   * `type`, `device` and `o` of what is mounted in its place (volume create --opt), or the `image` whose files
   * it has got; absent: none.
   */
  options?: Record<string, string>;
}

export type VolumeDriver = 'local' | 'image';

export const volumeDrivers: readonly VolumeDriver[] = ['local', 'image'];

/** The thing that is mounted where a container has a volume. Throws BryoError `bad-volume-option`. */
export function volumeSource({
  driver,
  options = {},
}: Pick<VolumeInfo, 'driver' | 'options'>): VolumeSource {
  if (driver === 'image') return { kind: 'directory', copyUp: false, owner: null };
  return readVolumeOptions(options);
}

/** The host directory that holds a volume's files. */
export function volumeDataPath(store: Store, name: string): string {
  return join(storePaths.volume(store, name), '_data');
}

/** Gives a volume's root to somebody; what was made of it goes when that cannot be. */
function giveDirectory(prepared: string, owner: VolumeOwner, idMap: IdMap): void {
  const { uid, gid } = owner;
  try {
    ownEntry(join(prepared, '_data'), owner, idMap);
  } catch (cause) {
    rmSync(prepared, { recursive: true });
    if (!(cause instanceof BryoError)) throw cause;
    throw new BryoError('bad-volume-option', `--opt o=uid=${uid},gid=${gid}: ${cause.message}`, {
      cause,
      hint: 'ids that containers have are needed: see /etc/subuid and /etc/subgid',
    });
  }
}

export interface VolumeRequest {
  /** Null: an anonymous volume with a name of its own. */
  name: string | null;
  anonymous: boolean;
  labels?: Record<string, string>;
  driver?: VolumeDriver;
  options?: Record<string, string>;
}

/** A volume whose directory is made, and that has not got its place yet. */
export interface PreparedVolume {
  info: VolumeInfo;
  /** The directory that will be `volumes/<name>`. */
  path: string;
}

/** Makes a volume's directory aside. Errors: `bad-volume-name`, `bad-volume-option`. */
export function prepareVolume(store: Store, idMap: IdMap, request: VolumeRequest): PreparedVolume {
  const name = request.name ?? randomHex(32);
  checkVolumeName(name);
  const info: VolumeInfo = {
    name,
    createdAt: new Date().toISOString(),
    anonymous: request.anonymous,
    labels: request.labels ?? {},
    ...(request.driver === 'image' && { driver: request.driver }),
    options: request.options ?? {},
  };
  makeStoreDirectory(store, storePaths.volumes(store));
  const path = stagingPath(store, storePaths.volumeStaging(store));
  makeStoreDirectory(store, path);
  // The volume's root is seen by every user of the container.
  makeContentDirectory(idMap, join(path, '_data'), 0o755);
  const source = volumeSource(info);
  if (source.kind === 'directory' && source.owner !== null) {
    giveDirectory(path, source.owner, idMap);
  }
  return { info, path };
}

/** Puts a prepared volume in its place; false: another one of that name was there first, and it goes. */
export function settleVolume(store: Store, { info, path }: PreparedVolume): boolean {
  const durable = !info.anonymous;
  const durability = durable ? 'durable' : 'volatile';
  writeRecordFile(join(path, 'volume.json'), info, durability, withinVolumes(store));
  const made = takePlace(path, storePaths.volume(store, info.name));
  if (durable) syncDirectory(storePaths.volumes(store));
  return made;
}

/**
 * Makes a volume unless there is one of that name; tells its name and whether it was made. Of those
 * who create the same volume at the same time one makes it, and the others get it as it is.
 */
export function ensureVolume(
  store: Store,
  idMap: IdMap,
  request: VolumeRequest,
): { name: string; made: boolean } {
  const name = request.name ?? randomHex(32);
  checkVolumeName(name);
  if (existsSync(storePaths.volume(store, name))) return { name, made: false };
  const prepared = prepareVolume(store, idMap, { ...request, name });
  return { name, made: settleVolume(store, prepared) };
}

/** Whether a prepared volume has got its place; else another one is there, and it goes. */
function takePlace(prepared: string, target: string): boolean {
  try {
    renameSync(prepared, target);
    return true;
  } catch (error) {
    const code = errnoCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    rmSync(prepared, { recursive: true, force: true });
    return false;
  }
}

function isVolumeInfo(value: unknown): value is VolumeInfo {
  if (!isJsonObject(value)) return false;
  const { name, createdAt, labels, driver = 'local', options = {} } = value as Partial<VolumeInfo>;
  if (!volumeDrivers.includes(driver)) return false;
  const objects = [labels, options].every(isJsonObject);
  return typeof name === 'string' && objects && !Number.isNaN(Date.parse(String(createdAt)));
}

/** A volume's description, or what is wrong with it. Throws BryoError `bad-volume-name`. */
export function readVolumeInfo(store: Store, name: string): RecordReading<VolumeInfo> {
  checkVolumeName(name);
  const directory = storePaths.volume(store, name);
  const isOwn = (value: unknown): value is VolumeInfo => isVolumeInfo(value) && value.name === name;
  const reading = readNeededRecord(join(directory, 'volume.json'), isOwn);
  return reading.kind === 'sound' || existsSync(directory) ? reading : { kind: 'absent' };
}

/** A volume's description. Throws BryoError `no-such-volume`, and DamagedRecordError. */
export function readVolume(store: Store, name: string): VolumeInfo {
  const reading = readVolumeInfo(store, name);
  if (reading.kind === 'sound') return reading.value;
  if (reading.kind === 'absent') {
    throw new BryoError(
      'no-such-volume',
      `no volume with name ${JSON.stringify(name)} found: no such volume`,
    );
  }
  const remedy = "'bryo system check --repair' describes it anew, and leaves its files alone";
  throw new DamagedRecordError(`volume ${name}`, reading.problem, remedy);
}

/** A volume of which only the name and the files are known. */
export interface DamagedVolume {
  name: string;
  /** RFC 3339; when its directory was made. */
  createdAt: string;
  problem: RecordProblem;
}

/** The names of all volumes, in their order. */
export function volumeNames(store: Store): string[] {
  const names = listDirectory(storePaths.volumes(store)).filter(isVolumeName).sort();
  if (store.volumes === undefined) return names;
  // A directory that the caller has chosen may hold other things.
  return names.filter((name) => existsSync(join(storePaths.volume(store, name), 'volume.json')));
}

/** The volumes whose descriptions are no good. */
export function damagedVolumes(store: Store): DamagedVolume[] {
  return volumeNames(store).flatMap((name) => {
    const reading = readVolumeInfo(store, name);
    const status = statSync(storePaths.volume(store, name), { throwIfNoEntry: false });
    if (reading.kind !== 'damaged' || status === undefined) return [];
    return [{ name, createdAt: status.birthtime.toISOString(), problem: reading.problem }];
  });
}

/**
 * Another container gets a volume that may have been made for one: then it does not go with that one
 * (the monitor of a container with --rm looks for the sign). Throws BryoError `no-such-volume` when it
 * has gone meanwhile.
 */
export function shareVolume(store: Store, name: string): void {
  try {
    closeSync(openSync(join(storePaths.volume(store, name), 'shared'), 'w', 0o600));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT' && errnoCode(error) !== 'EISDIR') throw error;
  }
  if (existsSync(volumeDataPath(store, name))) return;
  throw new BryoError(
    'no-such-volume',
    `no volume with name ${JSON.stringify(name)} found: no such volume`,
  );
}

/** Whether another container has ever got a volume that was made for one. */
export function isShared(store: Store, name: string): boolean {
  return existsSync(join(storePaths.volume(store, name), 'shared'));
}

/** Writes a volume's description durably. */
export function writeVolumeInfo(store: Store, info: VolumeInfo): void {
  const path = join(storePaths.volume(store, info.name), 'volume.json');
  writeRecordFile(path, info, 'durable', withinVolumes(store));
}

/**
 * Held while a container with volumes is made (shared) and while volumes are removed (exclusive):
 * no volume goes between being made and being recorded as used.
 */
export function lockVolumes(store: Store, mode: LockMode): Promise<HeldLock> {
  makeStoreDirectory(store, store.root);
  return acquireLock(storePaths.volumesLock(store), mode);
}
