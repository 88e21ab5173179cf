import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord, RecordRootfs } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { publishRecord } from '../../container/registration.ts';
import { autoTaken, chooseAutoRange, leastAutoSize } from '../../container/userns/auto-map.ts';
import { checkSubordinateIds } from '../../container/userns/container-map.ts';
import { acquireLock } from '../../native/locks.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { UsernsRequest } from '../../request/userns.ts';
import { storePaths } from '../../store/paths.ts';
import { layersIdentity, layersLargestId } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { layerDirectories } from './layer-directories.ts';
import { decideInnerMap } from './start/userns.ts';

async function findIds(
  engine: Engine,
  user: string,
  rootfs: RecordRootfs,
): Promise<{ uid: number; gid: number }> {
  if (/^0*$/.test(user)) return { uid: 0, gid: 0 };
  try {
    return await layersIdentity(layerDirectories(engine, rootfs), user, engine.idMap());
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw new BryoError('bad-userns', `--userns match: ${error.message}`, { cause: error });
  }
}

/**
 * The options with what `--userns match` finds in the root filesystem: the ids of the user that the
 * container runs as. Throws BryoError `bad-userns` when it has no such user.
 */
export async function resolveMatch(
  engine: Engine,
  options: ContainerOptions,
  { user, rootfs }: { user: string; rootfs: RecordRootfs },
): Promise<UsernsRequest> {
  const { userns } = options;
  if (userns.mode !== 'match') return userns;
  return { mode: 'match', ids: await findIds(engine, user, rootfs) };
}

/** An `auto` container has all ids that the image's files name and the one it runs as. */
async function autoSize(engine: Engine, { rootfs, user }: ContainerRecord): Promise<number> {
  const layers = layerDirectories(engine, rootfs);
  const named = layers.length === 0 ? 0 : await layersLargestId(layers, engine.idMap());
  const numbers = user.split(':').filter((word) => /^\d{1,10}$/.test(word));
  return Math.max(leastAutoSize, named + 1, ...numbers.map((word) => Number(word) + 1));
}

/** The record with a range of ids for `--userns auto` that no container of the store holds. */
export async function withAutoRange(
  engine: Engine,
  record: ContainerRecord,
): Promise<ContainerRecord> {
  const { store } = engine;
  const { userns } = record.options;
  if (userns.mode !== 'auto') return record;
  const storage = engine.idMap();
  checkSubordinateIds(storage, userns.mode);
  const size = userns.size ?? (await autoSize(engine, record));
  const taken = listRecords(store).records.flatMap(({ options, autoRange }) =>
    options.userns.mode === 'auto' && autoRange !== null
      ? autoTaken(options.userns, autoRange)
      : [],
  );
  return { ...record, autoRange: chooseAutoRange(userns, size, { storage, taken }) };
}

/**
 * Publishes a record when its ids can be mapped. `--userns auto` takes a range that no other container
 * holds, so creators wait for each other.
 */
export async function publishWithRange(
  engine: Engine,
  record: ContainerRecord,
  prepared: string,
): Promise<ContainerRecord> {
  const { store } = engine;
  const { userns } = record.options;
  if (userns.mode !== 'auto') {
    // An id that cannot be mapped is told now and not at the start.
    decideInnerMap(engine, record);
    return publishRecord(store, record, prepared);
  }
  const lock = await acquireLock(storePaths.usernsLock(store), 'exclusive');
  try {
    const ranged = await withAutoRange(engine, record);
    decideInnerMap(engine, ranged);
    return publishRecord(store, ranged, prepared);
  } finally {
    lock.release();
  }
}
