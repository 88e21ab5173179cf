import { rmSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import type { ContainerRecord } from '../container/record.ts';
import { findRecord, listRecords, releaseName } from '../container/records.ts';
import { readContainerState } from '../monitor/state.ts';
import { storePaths } from '../store/paths.ts';
import { removeTrees } from '../store/worker.ts';
import type { Engine } from './engine.ts';
import { endContainer } from './stop.ts';

export interface RemoveOptions {
  /** Kill it if it runs. */
  force: boolean;
  /** A container that does not exist is fine. */
  ignore: boolean;
  /** Remove its anonymous volumes, too. */
  volumes: boolean;
  /** Seconds to wait between stop signal and kill; null: kill at once. */
  timeout?: number | null;
}

/** Removes all that belongs to a container that does not run. The name goes first. */
async function removeRecord(
  engine: Engine,
  record: ContainerRecord,
  volumes: boolean,
): Promise<void> {
  const { store } = engine;
  releaseName(store, record);
  const paths = [storePaths.container(store, record.id)];
  if (volumes) {
    const anonymous = record.volumes.filter((volume) => volume.anonymous);
    paths.push(...anonymous.map(({ name }) => storePaths.volume(store, name)));
  }
  await removeTrees(paths, engine.idMap());
  rmSync(storePaths.runContainer(store, record.id), { recursive: true, force: true });
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
    const absent = error instanceof BryoError && error.code === 'no-such-container';
    if (absent && options.ignore) return null;
    throw error;
  }
  const state = readContainerState(engine.store, record.id);
  if (state.status === 'running') {
    if (!options.force) {
      throw new BryoError(
        'container-running',
        `cannot remove container ${record.name}: it is running`,
        { exitCode: 2, hint: 'stop it first, or use --force' },
      );
    }
    await endContainer(engine, record, state, options.timeout ?? null);
  }
  await removeRecord(engine, record, options.volumes || record.options.remove);
  return record.id;
}

/** A `--rm` container whose start failed leaves nothing behind. */
export async function removeFailedContainer(
  engine: Engine,
  record: ContainerRecord,
): Promise<void> {
  await removeRecord(engine, record, true);
}

/** Removes the directories of containers that a killed command left half made or half removed. */
export async function sweepContainers(engine: Engine): Promise<void> {
  const { garbage } = listRecords(engine.store);
  if (garbage.length === 0) return;
  const paths = garbage.map((id) => storePaths.container(engine.store, id));
  await removeTrees(paths, engine.idMap());
}
