import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { findDependants, removalOrder } from '../containers/dependants.ts';
import { pauseContainer, unpauseContainer } from '../containers/pause.ts';
import { killContainer, stopContainer } from '../containers/stop.ts';
import type { Engine } from '../engine.ts';
import { recordPodEvent } from '../events.ts';
import { ownMembers, viewPod } from './view.ts';

/** A pod's containers in an order in which they can go: its holder last. */
export function endingOrder(engine: Engine, pod: PodRecord): ContainerRecord[] {
  const members = membersOf(engine.store, pod.id);
  const order = removalOrder(
    engine,
    members.map(({ id }) => id),
  );
  const records = order.flatMap((id) => members.find((record) => record.id === id) ?? []);
  return [...records.filter((record) => !isHolder(record)), ...records.filter(isHolder)];
}

/** Stops all containers of a pod. `timeout` in seconds; null: each one's own. */
export async function stopPod(
  engine: Engine,
  pod: PodRecord,
  timeout: number | null,
): Promise<void> {
  for (const { id } of endingOrder(engine, pod)) {
    await stopContainer(engine, id, { timeout, ignore: true });
  }
  recordPodEvent(engine, pod, 'stop');
}

/** Codes of errors that tell of a container that is no longer what it has just been. */
const changedMeanwhile: ReadonlySet<string> = new Set([
  'no-such-container',
  'not-killable',
  'not-paused',
  'not-running',
  'paused',
]);

/** Does something to the containers that run; one that has ended meanwhile, or is gone, needs it no more. */
async function eachRunning(
  engine: Engine,
  pod: PodRecord,
  action: (id: string, paused: boolean) => Promise<unknown>,
): Promise<void> {
  for (const { id } of endingOrder(engine, pod)) {
    const state = await settledContainerState(engine.store, id);
    if (state.status !== 'running') continue;
    try {
      await action(id, state.paused);
    } catch (error) {
      if (!(error instanceof BryoError && changedMeanwhile.has(error.code))) throw error;
    }
  }
}

/**
 * Sends a signal to the first process of each running container; the holder hears of it last. Of a
 * pod of which nothing runs there is nothing to do.
 */
export async function killPod(engine: Engine, pod: PodRecord, signal: number): Promise<void> {
  await eachRunning(engine, pod, (id) => killContainer(engine, id, signal));
  recordPodEvent(engine, pod, 'kill');
}

export async function pausePod(engine: Engine, pod: PodRecord): Promise<void> {
  await eachRunning(engine, pod, async (id, paused) => {
    if (!paused) await pauseContainer(engine, id);
  });
  recordPodEvent(engine, pod, 'pause');
}

export async function unpausePod(engine: Engine, pod: PodRecord): Promise<void> {
  await eachRunning(engine, pod, async (id, paused) => {
    if (paused) await unpauseContainer(engine, id);
  });
  recordPodEvent(engine, pod, 'unpause');
}

/**
 * Throws BryoError `pod-running` while a container of the pod runs; what holds its namespaces runs for
 * the others' sake alone.
 */
export function refuseRunning(engine: Engine, pod: PodRecord): void {
  const busy = ownMembers(viewPod(engine.store, pod)).filter(({ state }) =>
    ['running', 'starting'].includes(state.status),
  );
  if (busy.length === 0) return;
  const parts = busy.map(
    ({ record }) =>
      `cannot remove container ${record.id} as it is running - running or paused containers cannot be removed without force: container state improper`,
  );
  throw new BryoError(
    'pod-running',
    `not all containers could be removed from pod ${pod.id}: removing pod containers: containers of it run`,
    { hint: 'stop it first, or use --force', parts },
  );
}

/** Containers outside of a pod that need one of its own. */
export function outsideDependants(engine: Engine, pod: PodRecord): ContainerRecord[] {
  return membersOf(engine.store, pod.id)
    .flatMap(({ id }) => findDependants(engine, id))
    .filter(({ options }) => options.pod !== pod.id);
}
