import { existsSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { nameOf, releaseName } from '../../container/names.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findDamaged, findRecord, listRecords, readContainer } from '../../container/records.ts';
import { abandonRecord } from '../../container/registration.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { lockHolders } from '../../native/lock-holders.ts';
import { type HeldLock, lockOwner, takeOwnerLock } from '../../native/locks.ts';
import { killFamily, Waiting } from '../../native/waiting.ts';
import { isHolder } from '../../pod/records.ts';
import { containerFile } from '../../store/container-files.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { DamagedRecordError } from '../../store/record-file.ts';
import { setAside } from '../../store/staging.ts';
import { removeTrees } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';
import { findDependants, refuseDependants } from './dependants.ts';
import { endForeign } from './foreign/runtime.ts';
import { setVolumesAside } from './own-volumes.ts';
import { sendSignal } from './signal.ts';
import { removeLeftovers } from './start/leftovers.ts';
import { leaveSign } from './start/restart-files.ts';
import { endContainer, endRestarting } from './stop.ts';

export interface RemoveOptions {
  /** Kill it if it runs. */
  force: boolean;
  /** A container that does not exist is fine. */
  ignore: boolean;
  /** Remove its anonymous volumes, too. */
  volumes: boolean;
  /** Also a container that holds the namespaces of a pod, which goes with its pod only. */
  holders?: boolean;
  /** Remove what depends on it first; else that is an error. */
  depend?: boolean;
  /** Told the id of each of those. */
  dependantRemoved?: (id: string) => void;
  /** Seconds to wait between stop signal and kill; null: kill at once. */
  timeout?: number | null;
}

/** For a launcher or monitor that is about to end, or to run. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}

/**
 * Does not let who is stopped stand in the way for ever. With force a launcher or monitor is killed; another
 * command that removes it is only told of.
 */
function hurry(store: Store, id: string, waiting: Waiting, force: boolean): void {
  if (!waiting.isDue) return;
  const path = containerFile(store, id, 'lock');
  if (!existsSync(path)) return;
  const owner = lockOwner(path);
  if (owner === null) for (const pid of lockHolders(path)) waiting.look(pid);
  else if (!force) waiting.look(owner);
  else if (waiting.vainReason(owner) !== null) killFamily(owner);
}

/** Keeps a container from being started; null when it was started meanwhile. */
function lockForRemoval(store: Store, id: string): HeldLock | null {
  const path = containerFile(store, id, 'lock');
  try {
    return takeOwnerLock(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return { release() {} };
    if (errnoCode(error) !== 'EISDIR') throw error;
    // Damage has put it there.
    rmSync(path, { recursive: true, force: true });
    return takeOwnerLock(path);
  }
}

/**
 * Removes all that belongs to a container, the name first. Returns false, with nothing done, for
 * one that runs.
 */
async function removeRecord(
  engine: Engine,
  record: ContainerRecord,
  volumes: boolean,
): Promise<boolean> {
  const { store } = engine;
  const lock = lockForRemoval(store, record.id);
  if (lock === null) return false;
  try {
    const present = existsSync(storePaths.container(store, record.id));
    await removeContent(engine, record, volumes);
    if (present) recordContainerEvent(engine, record, 'remove');
  } finally {
    lock.release();
  }
  return true;
}

async function removeContent(
  engine: Engine,
  record: ContainerRecord,
  volumes: boolean,
): Promise<void> {
  const { store } = engine;
  abandonRecord(store, record);
  removeLeftovers(store, record.id);
  if (record.options.runtime !== null) endForeign(store, record);
  await endMounts(containerFile(store, record.id, 'mountCount'));
  const anonymous = volumes ? record.volumes.filter((volume) => volume.anonymous) : [];
  // Anonymous volumes go before the record, which names them.
  const aside = anonymous.length === 0 ? [] : await setVolumesAside(store, record.id, anonymous);
  if (aside.length > 0) await removeTrees(aside, engine.idMap());
  await removeDirectories(engine, record.id);
}

async function removeDirectories(engine: Engine, id: string): Promise<void> {
  const { store } = engine;
  // Other commands may be about to remove it, too: one of them gets it, and nobody meets half of it.
  const aside = setAside(store, storePaths.container(store, id));
  if (aside !== null) await removeTrees([aside], engine.idMap());
  rmSync(storePaths.runContainer(store, id), { recursive: true, force: true });
}

/** `bryo mount` does not keep a container: what it shows goes first. */
async function endMounts(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const { releaseMount } = await import('../../store/held-mount.ts');
  await releaseMount(path, true);
}

/** Removes a container; returns its id, or null when it did not exist and that was allowed. */
export async function removeContainer(
  engine: Engine,
  nameOrId: string,
  options: RemoveOptions,
): Promise<string | null> {
  let record: ContainerRecord;
  try {
    record = findRecord(engine.store, nameOrId);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    if (error.code === 'no-such-container' && options.ignore) return null;
    const isDamaged = error instanceof DamagedRecordError && options.force;
    const damaged = isDamaged ? findDamaged(engine.store, nameOrId) : null;
    if (damaged === null) throw error;
    await removeDamaged(engine, damaged.id);
    return damaged.id;
  }
  if (isHolder(record) && !options.holders) {
    throw new BryoError(
      'is-holder',
      `container ${record.id} is the infra container of pod ${record.options.pod ?? ''} and cannot be removed without removing the pod`,
      { hint: 'bryo pod rm' },
    );
  }
  const volumes = options.volumes || record.options.remove;
  if (options.depend) {
    for (const { id } of findDependants(engine, record.id)) {
      const own = { ...options, ignore: true, depend: false };
      if ((await removeContainer(engine, id, own)) !== null) options.dependantRemoved?.(id);
    }
  }
  refuseDependants(engine, record);
  const waiting = new Waiting(`the removal of container ${record.name}`);
  for (;;) {
    const state = await settledContainerState(engine.store, record.id, options.force);
    if ('pid' in state) {
      if (!options.force && state.status === 'running') {
        throw new BryoError(
          'container-running',
          `cannot remove container ${record.id} as it is running - running or paused containers cannot be removed without force: container state improper`,
          { exitCode: 2 },
        );
      }
      await endContainer(engine, record, state, options.timeout ?? null, options.force);
    }
    if (state.status === 'exited' && state.restarting !== null) {
      if (!options.force) {
        throw new BryoError(
          'container-running',
          `cannot remove container ${record.name}: it is restarting`,
          { exitCode: 2, hint: 'stop it first, or use --force' },
        );
      }
      await endRestarting(engine, record, state.restarting, true);
    }
    if (await removeRecord(engine, record, volumes)) return record.id;
    hurry(engine.store, record.id, waiting, options.force);
    await pause();
  }
}

/** Ends a container of which nothing is known but what its monitor tells, for good. */
async function endDamaged({ store }: Engine, id: string): Promise<void> {
  leaveSign(store, id, 'stopped');
  const state = await settledContainerState(store, id, true);
  if ('pid' in state) sendSignal(state, constants.signals.SIGKILL);
  if (state.status === 'exited' && state.restarting !== null) {
    sendSignal({ pid: state.restarting }, constants.signals.SIGTERM);
  }
}

/** Removes a container of which nothing is known but its directory. */
export async function removeDamaged(engine: Engine, id: string): Promise<void> {
  const { store } = engine;
  const waiting = new Waiting(`the removal of container ${id}`);
  for (;;) {
    if (!existsSync(storePaths.container(store, id))) return;
    await endDamaged(engine, id);
    const lock = lockForRemoval(store, id);
    if (lock === null) {
      hurry(store, id, waiting, true);
      await pause();
      continue;
    }
    try {
      const name = nameOf(store, id);
      if (name !== null) releaseName(store, name, id);
      await endMounts(containerFile(store, id, 'mountCount'));
      await removeDirectories(engine, id);
      return;
    } finally {
      lock.release();
    }
  }
}

/** A `--rm` container whose start failed leaves nothing behind. */
export async function removeFailedContainer(
  engine: Engine,
  record: ContainerRecord,
): Promise<void> {
  const waiting = new Waiting(`the removal of container ${record.name}`);
  while (!(await removeRecord(engine, record, true))) {
    hurry(engine.store, record.id, waiting, true);
    await pause();
  }
}

/** Removes garbage, unless it is none any more once its lock is taken. False: somebody else is at it. */
export async function removeGarbage(engine: Engine, id: string): Promise<boolean> {
  const { store } = engine;
  const reading = readContainer(store, id);
  if (reading.kind === 'sound') return removeRecord(engine, reading.value, true);
  const lock = lockForRemoval(store, id);
  if (lock === null) return false;
  try {
    if (listRecords(store).garbage.includes(id)) await removeDirectories(engine, id);
  } finally {
    lock.release();
  }
  return true;
}
