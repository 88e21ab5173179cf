import { BryoError } from '../../base/errors.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { forgetPod, isAbandonedPod, listPods, lockPods } from '../../pod/records.ts';
import type { Store } from '../../store/paths.ts';
import { removePodGroup } from '../containers/pod-group.ts';
import { removeContainer } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { recordPodEvent } from '../events.ts';
import { endingOrder, outsideDependants, refuseRunning } from './lifecycle.ts';
import { viewPods } from './view.ts';

/** Forgets pods whose makers were killed before there was a holder. The caller holds the lock. */
export function sweepPods(store: Store): void {
  for (const pod of listPods(store)) if (isAbandonedPod(store, pod)) forgetPod(store, pod.id);
}

export interface RemovePodOptions {
  /** Stop what runs. */
  force: boolean;
  /** Seconds to wait between stop signal and kill; null: kill at once. */
  timeout: number | null;
}

/** Throws BryoError `has-dependants` for a pod that containers outside of it need. */
export function checkRemovable(engine: Engine, pod: PodRecord): void {
  const outside = outsideDependants(engine, pod);
  if (outside.length === 0) return;
  throw new BryoError(
    'has-dependants',
    `pod ${pod.name} is needed by containers outside of it: ${outside.map(({ name }) => name).join(', ')}`,
    { hint: 'remove those first' },
  );
}

/** Removes a pod with all its containers. Throws BryoError `pod-running`, `has-dependants`. */
export async function removePod(
  engine: Engine,
  pod: PodRecord,
  { force, timeout }: RemovePodOptions,
): Promise<void> {
  if (!force) refuseRunning(engine, pod);
  checkRemovable(engine, pod);
  const options = { ignore: true, volumes: true, timeout, holders: true };
  for (const { id } of endingOrder(engine, pod)) {
    // The holder of the namespaces runs for the others' sake.
    await removeContainer(engine, id, { ...options, force: force || id === pod.infraId });
  }
  removePodGroup(engine, pod);
  const lock = await lockPods(engine.store);
  try {
    forgetPod(engine.store, pod.id);
  } finally {
    lock.release();
  }
  recordPodEvent(engine, pod, 'remove');
}

/** Removes the pods of which nothing runs any more, or with `force` all; returns their ids. */
export async function prunePods(engine: Engine, force: boolean): Promise<string[]> {
  const removed: string[] = [];
  for (const { pod, status } of viewPods(engine.store)) {
    if (!force && status !== 'Exited' && status !== 'Stopped') continue;
    await removePod(engine, pod, { force, timeout: null });
    removed.push(pod.id);
  }
  return removed;
}
