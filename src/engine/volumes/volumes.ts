import { existsSync, readdirSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { recentRecords } from '../../container/recent-records.ts';
import { damagedContainer, listRecords } from '../../container/records.ts';
import { checkVolumeName } from '../../request/volume-name.ts';
import { syncDirectory } from '../../store/atomic-file.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { DamagedRecordError } from '../../store/record-file.ts';
import { setAside } from '../../store/staging.ts';
import { removeTrees, treeUsages } from '../../store/worker.ts';
import {
  damagedVolumes,
  lockVolumes,
  readVolume,
  readVolumeInfo,
  type VolumeInfo,
  volumeDataPath,
  volumeNames,
  volumeSource,
} from '../../volume/volume.ts';
import { removeContainer } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { recordVolumeEvent } from '../events.ts';

/** A volume with what is true of it now. */
export interface VolumeView extends VolumeInfo {
  /** The volume's description is damaged: labels and options are lost. */
  isDamaged?: boolean;
  /** Where its files are on the host. */
  mountpoint: string;
  /** Ids of the containers that mount it. */
  users: string[];
}

function usersByVolume(store: Store): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { id, volumes } of listRecords(store).records) {
    for (const { name } of volumes) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [id]);
      else if (known.at(-1) !== id) known.push(id);
    }
  }
  return users;
}

/** The containers of one volume. */
function usersOf(store: Store, volume: string): string[] {
  return recentRecords(store)
    .records.filter(({ volumes }) => volumes.some(({ name }) => name === volume))
    .map(({ id }) => id);
}

function view(store: Store, info: VolumeInfo, users: string[]): VolumeView {
  return { ...info, mountpoint: volumeDataPath(store, info.name), users };
}

/** All volumes whose descriptions are sound, by name. */
export function listVolumes(store: Store): VolumeView[] {
  const users = usersByVolume(store);
  return volumeNames(store).flatMap((name) => {
    const reading = readVolumeInfo(store, name);
    return reading.kind === 'sound' ? [view(store, reading.value, users.get(name) ?? [])] : [];
  });
}

/** The volumes whose descriptions are damaged, by name. */
export function listDamagedVolumes(store: Store): VolumeView[] {
  const users = usersByVolume(store);
  return damagedVolumes(store).map(({ name, createdAt }) => {
    const info = { name, createdAt, anonymous: false, labels: {}, options: {} };
    return { ...view(store, info, users.get(name) ?? []), isDamaged: true };
  });
}

export function volumeExists(store: Store, name: string): boolean {
  checkVolumeName(name);
  return existsSync(storePaths.volume(store, name));
}

/** A volume by its name or an unambiguous beginning of it. Throws BryoError `no-such-volume`. */
export function findVolume(store: Store, name: string): VolumeView {
  if (volumeExists(store, name)) return view(store, readVolume(store, name), usersOf(store, name));
  const matches = volumeNames(store).flatMap((whole) => {
    const reading = whole.startsWith(name) ? readVolumeInfo(store, whole) : null;
    return reading?.kind === 'sound' ? [reading.value] : [];
  });
  const [only, other] = matches;
  if (only !== undefined && other === undefined)
    return view(store, only, usersOf(store, only.name));
  if (other !== undefined) {
    throw new BryoError('ambiguous-name', `more than one volume name begins with ${name}`);
  }
  throw noSuchVolume(name);
}

function noSuchVolume(name: string): BryoError {
  return new BryoError(
    'no-such-volume',
    `no volume with name ${JSON.stringify(name)} found: no such volume`,
    { exitCode: 1, about: name },
  );
}

/**
 * Takes a volume out of sight in one step; its files are removed afterwards. Null when it has just
 * gone with its container, for which nobody needs the lock.
 */
function hide(store: Store, name: string): string | null {
  const staged = setAside(store, storePaths.volume(store, name));
  if (staged !== null) syncDirectory(storePaths.volumes(store));
  return staged;
}

/** A volume that shall go: a damaged one does only with `force`. */
function findForRemoval(store: Store, name: string, force: boolean): VolumeView {
  try {
    return findVolume(store, name);
  } catch (error) {
    const damaged = error instanceof DamagedRecordError && force;
    const found = damaged ? listDamagedVolumes(store).find((one) => one.name === name) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/**
 * Throws where not all containers can be read, as they must be to remove volumes that none uses:
 * DamagedRecordError.
 */
function requireAllUsers(store: Store): void {
  const [first] = recentRecords(store).damaged;
  if (first !== undefined) throw damagedContainer(store, first.id, first.problem);
}

/**
 * Removes a volume. One that a container uses stays (BryoError `volume-in-use`, exit code 2), unless
 * `force` removes these containers, too; running ones have `timeout` seconds to end by themselves, as
 * long as they say themselves where it is null. Returns its name.
 */
export async function removeVolume(
  engine: Engine,
  name: string,
  { force, timeout }: { force: boolean; timeout: number | null },
): Promise<string> {
  const { store } = engine;
  for (const id of force ? findForRemoval(store, name, true).users : []) {
    const options = { force: true, ignore: true, volumes: false, depend: true };
    await removeContainer(engine, id, { ...options, timeout });
  }
  const lock = await lockVolumes(store, 'exclusive');
  let staged: string | null;
  let found: VolumeView;
  try {
    found = findForRemoval(store, name, force);
    if (!force) requireAllUsers(store);
    if (found.users.length > 0) {
      throw new BryoError(
        'volume-in-use',
        `volume ${found.name} is being used by the following container(s): ${found.users.join(', ')}: volume is being used`,
        { exitCode: 2 },
      );
    }
    staged = hide(store, found.name);
  } finally {
    lock.release();
  }
  if (staged === null) throw noSuchVolume(name);
  await removeTrees([staged], engine.idMap());
  recordVolumeEvent(engine, 'remove', found.name);
  return found.name;
}

/** The names of the volumes that {@link pruneVolumes} would remove now. */
export function unusedVolumes({ store }: Engine, fits: (volume: VolumeView) => boolean): string[] {
  const unused = listVolumes(store).filter(({ users }) => users.length === 0);
  return unused.filter(fits).map(({ name }) => name);
}

/** Removes the volumes that no container uses and that `fits`; returns their names. */
export async function pruneVolumes(
  engine: Engine,
  fits: (volume: VolumeView) => boolean,
): Promise<string[]> {
  const hidden = await hideUnused(engine, fits);
  await dropHidden(engine, hidden);
  return [...hidden.keys()];
}

/** As pruneVolumes, with the bytes that the files of each have held. */
export async function pruneMeasured(
  engine: Engine,
  fits: (volume: VolumeView) => boolean,
): Promise<{ name: string; size: number }[]> {
  const hidden = await hideUnused(engine, fits);
  const usages = await treeUsages([...hidden.values()], engine.idMap());
  await dropHidden(engine, hidden);
  return [...hidden.keys()].map((name, at) => ({ name, size: usages[at]?.size ?? 0 }));
}

/** Takes the volumes out of sight, so that nobody begins to use them: where each is now, by its name. */
async function hideUnused(
  engine: Engine,
  fits: (volume: VolumeView) => boolean,
): Promise<Map<string, string>> {
  const { store } = engine;
  const lock = await lockVolumes(store, 'exclusive');
  const hidden = new Map<string, string>();
  try {
    requireAllUsers(store);
    const unused = listVolumes(store).filter(({ users }) => users.length === 0);
    for (const { name } of unused.filter(fits)) {
      const staged = hide(store, name);
      if (staged !== null) hidden.set(name, staged);
    }
  } finally {
    lock.release();
  }
  return hidden;
}

async function dropHidden(engine: Engine, hidden: ReadonlyMap<string, string>): Promise<void> {
  await removeTrees([...hidden.values()], engine.idMap());
  for (const name of hidden.keys()) recordVolumeEvent(engine, 'prune', name);
}

/** The owners that the directory was made with; an id of 0 is not told, as with podman. */
function ownersOf(volume: VolumeView): { UID?: number; GID?: number } {
  const source = volumeSource(volume);
  if (source.kind !== 'directory' || source.owner === null) return {};
  const { uid, gid } = source.owner;
  return { ...(uid > 0 && { UID: uid }), ...(gid > 0 && { GID: gid }) };
}

function ownerOptions(owners: { UID?: number; GID?: number }): Record<string, string> {
  return Object.fromEntries(Object.entries(owners).map(([key, id]) => [key, String(id)]));
}

/** A directory that only its owner in containers may read has been used. */
function isEmptyDirectory(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

/** A directory with nothing in it gets the files, and the owner, of where it is mounted first. */
function awaited(volume: VolumeView): { NeedsCopyUp: boolean; NeedsChown: boolean } {
  const source = volume.isDamaged ? null : volumeSource(volume);
  const isNew = source?.kind === 'directory' && isEmptyDirectory(volume.mountpoint);
  return {
    NeedsCopyUp: isNew && source.copyUp,
    NeedsChown: isNew && source.owner === null,
  };
}

/** `podman volume inspect`'s view. */
export function describeVolume(volume: VolumeView): Record<string, unknown> {
  const owners = ownersOf(volume);
  return {
    Name: volume.name,
    Driver: volume.isDamaged ? 'damaged' : (volume.driver ?? 'local'),
    Mountpoint: volume.mountpoint,
    CreatedAt: volume.createdAt,
    Labels: volume.labels,
    Scope: 'local',
    ...owners,
    Options: { ...ownerOptions(owners), ...volume.options },
    Anonymous: volume.anonymous,
    MountCount: volume.users.length,
    ...awaited(volume),
  };
}
