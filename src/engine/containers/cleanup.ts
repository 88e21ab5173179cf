import { rmSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { storePaths } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { removeImage } from '../images/remove.ts';
import { stateName } from './describe.ts';
import { removeContainer } from './remove.ts';

export interface CleanupOptions {
  /** Remove the container afterwards. */
  remove: boolean;
  /** And its image, when no other container needs it. */
  removeImage: boolean;
}

/** Takes a name off an image, and the image away with its last one, unless a container uses it. */
export async function removeUnneededImage(engine: Engine, name: string): Promise<void> {
  try {
    await removeImage(engine, name, false);
  } catch (error) {
    const needed = error instanceof BryoError && error.code === 'image-in-use';
    const gone = error instanceof BryoError && error.code === 'no-such-image';
    if (!needed && !gone) throw error;
    if (needed) engine.log('warn', `image is in use by a container: ${error.message}`);
  }
}

/**
 * Removes what a container that has ended left in the runtime directory. Its monitor does that by
 * itself; there is something to do only when that one was killed. Throws BryoError for one that
 * runs.
 */
export async function cleanUpContainer(
  engine: Engine,
  nameOrId: string,
  options: CleanupOptions,
): Promise<void> {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  const name = stateName(state);
  if (!['created', 'exited'].includes(name)) {
    throw new BryoError(
      'container-running',
      `cannot clean up container ${nameOrId}: it is ${name}`,
    );
  }
  rmSync(storePaths.runContainer(engine.store, record.id), { recursive: true, force: true });
  if (!options.remove) return;
  await removeContainer(engine, record.id, { force: false, ignore: true, volumes: false });
  if (!options.removeImage || record.rootfs.kind !== 'image') return;
  await removeUnneededImage(engine, record.rootfs.imageName);
}
