import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { findPod, isHolder, membersOf } from '../../pod/records.ts';
import type { Engine } from '../engine.ts';
import { type RemovePodOptions, removePod } from './remove.ts';

/** The pod whose holder has that name, without the holder; null: it is another container's, or nobody's. */
function podHeldBy(engine: Engine, nameOrId: string): string | null {
  try {
    const record = findRecord(engine.store, nameOrId);
    return isHolder(record) ? record.options.pod : null;
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-such-container') return null;
    throw error;
  }
}

/**
 * Removes a pod by the container that all others of it need. Resolves with the ids of its containers
 * in the order of their making; null, with nothing done, for another container.
 */
export async function removeByHolder(
  engine: Engine,
  nameOrId: string,
  options: RemovePodOptions,
): Promise<string[] | null> {
  const id = podHeldBy(engine, nameOrId);
  if (id === null) return null;
  const pod = findPod(engine.store, id);
  const members = membersOf(engine.store, pod.id).map((member) => member.id);
  await removePod(engine, pod, options);
  return members;
}
