import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { randomHex } from '../base/random.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { checkVolumeName } from '../request/volume-name.ts';
import { syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { makeContentDirectory, makeStoreDirectory } from '../store/store-dirs.ts';
import { ownDirectory } from '../store/worker.ts';
import { readVolumeOptions, type VolumeOwner } from './volume-options.ts';

/** volumes/<name>/volume.json. */
export interface VolumeInfo {
  name: string;
  /** RFC 3339. */
  createdAt: string;
  anonymous: boolean;
  labels: Record<string, string>;
  /** `type`, `device` and `o` of what is mounted in its place (volume create --opt); absent: none. */
  options?: Record<string, string>;
}

/** The host directory that holds a volume's files. */
export function volumeDataPath(store: Store, name: string): string {
  return join(storePaths.volume(store, name), '_data');
}

/** Gives a volume's root to somebody; what was made of it goes when that cannot be. */
function giveDirectory(prepared: string, owner: VolumeOwner, idMap: IdMap): void {
  const { uid, gid } = owner;
  try {
    ownDirectory(join(prepared, '_data'), owner, idMap);
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
  options?: Record<string, string>;
}

/**
 * Makes a volume unless there is one of that name; returns its name. Whoever creates the same volume
 * at the same time gets the same one.
 */
export function ensureVolume(store: Store, idMap: IdMap, request: VolumeRequest): string {
  const name = request.name ?? randomHex(32);
  checkVolumeName(name);
  const target = storePaths.volume(store, name);
  if (existsSync(target)) return name;
  const info: VolumeInfo = {
    name,
    createdAt: new Date().toISOString(),
    anonymous: request.anonymous,
    labels: request.labels ?? {},
    options: request.options ?? {},
  };
  makeStoreDirectory(store, storePaths.volumes(store));
  const prepared = stagingPath(store);
  makeStoreDirectory(store, prepared);
  // The volume's root is seen by every user of the container.
  makeContentDirectory(idMap, join(prepared, '_data'), 0o755);
  const source = readVolumeOptions(info.options ?? {});
  if (source.kind === 'directory' && source.owner !== null) {
    giveDirectory(prepared, source.owner, idMap);
  }
  const durable = !request.anonymous;
  writeFileAtomic(
    join(prepared, 'volume.json'),
    JSON.stringify(info),
    durable ? 'durable' : 'volatile',
  );
  try {
    renameSync(prepared, target);
  } catch (error) {
    const code = errnoCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  if (durable) syncDirectory(storePaths.volumes(store));
  return name;
}

function isVolumeInfo(value: unknown): value is VolumeInfo {
  if (typeof value !== 'object' || value === null) return false;
  const { name, createdAt, labels, options = {} } = value as Partial<VolumeInfo>;
  const objects = [labels, options].every((part) => typeof part === 'object' && part !== null);
  return typeof name === 'string' && typeof createdAt === 'string' && objects;
}

/** A volume's description. Throws BryoError `no-such-volume`. */
export function readVolume(store: Store, name: string): VolumeInfo {
  checkVolumeName(name);
  try {
    const path = join(storePaths.volume(store, name), 'volume.json');
    const info: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isVolumeInfo(info) && info.name === name) return info;
  } catch (cause) {
    if (
      cause instanceof Error &&
      !(cause instanceof SyntaxError) &&
      errnoCode(cause) !== 'ENOENT'
    ) {
      throw cause;
    }
  }
  const damaged = existsSync(storePaths.volume(store, name));
  throw new BryoError('no-such-volume', `no such volume: ${name}`, {
    ...(damaged && { hint: "its description is damaged: 'bryo system check --repair' mends it" }),
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
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
  if (existsSync(volumeDataPath(store, name))) return;
  throw new BryoError('no-such-volume', `no such volume: ${name}`);
}

/** Writes a volume's description durably. */
export function writeVolumeInfo(store: Store, info: VolumeInfo): void {
  const path = join(storePaths.volume(store, info.name), 'volume.json');
  writeFileAtomic(path, JSON.stringify(info), 'durable');
}

/**
 * Held while a container with volumes is made (shared) and while volumes are removed (exclusive):
 * no volume goes between being made and being recorded as used.
 */
export function lockVolumes(store: Store, mode: 'shared' | 'exclusive'): HeldLock | null {
  makeStoreDirectory(store, store.root);
  return acquireLock(storePaths.volumesLock(store), mode, true);
}
