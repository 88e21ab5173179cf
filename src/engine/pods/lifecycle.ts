import { closeSync, constants, openSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { findDependants, removalOrder } from '../containers/dependants.ts';
import { pauseContainer, unpauseContainer } from '../containers/pause.ts';
import { removeContainer } from '../containers/remove.ts';
import { startUnlessRunning } from '../containers/start/dependencies.ts';
import { podLink } from '../containers/start/pod-link.ts';
import { startContainer } from '../containers/start/start.ts';
import { killContainer, stopContainer } from '../containers/stop.ts';
import { waitContainer } from '../containers/wait.ts';
import type { Engine } from '../engine.ts';
import { recordPodEvent } from '../events.ts';
import { ownMembers, viewPod } from './view.ts';

async function start(engine: Engine, record: ContainerRecord): Promise<void> {
  await startUnlessRunning(engine, record, () =>
    startContainer(engine, record, { attached: false, size: null }),
  );
}

/** Runs a container that prepares something for the others to its end. */
async function runInit(engine: Engine, record: ContainerRecord): Promise<void> {
  await start(engine, record);
  const code = await waitContainer(engine, record.id, { conditions: ['stopped'], interval: 250 });
  if (code !== 0) {
    throw new BryoError('init-failed', `init container ${record.name} exited with code ${code}`);
  }
  if (record.options.initCtr === 'once') {
    await removeContainer(engine, record.id, { force: false, ignore: true, volumes: true });
  }
}

/** Keeps a pod with --exit-policy stop from ending before all of it has been started. */
function holdOpen(engine: Engine, holder: ContainerRecord): () => void {
  const link = podLink(engine.store, holder);
  if (link === null) return () => {};
  try {
    const fd = openSync(link.path, constants.O_WRONLY | constants.O_NONBLOCK);
    return () => closeSync(fd);
  } catch (error) {
    // Without a reader it has ended already.
    if (errnoCode(error) === 'ENXIO' || errnoCode(error) === 'ENOENT') return () => {};
    throw error;
  }
}

/** Starts a pod: its holder, then init containers to their end, then all others. */
export async function startPod(engine: Engine, pod: PodRecord): Promise<void> {
  const members = membersOf(engine.store, pod.id);
  const holder = members.find(isHolder);
  if (holder !== undefined) await start(engine, holder);
  const others = members.filter((record) => !isHolder(record));
  // A pod that nothing has joined yet waits for its first container: nobody leaves the link then.
  const release = holder === undefined || others.length === 0 ? () => {} : holdOpen(engine, holder);
  try {
    for (const record of others) {
      if (record.options.initCtr !== null) await runInit(engine, record);
    }
    for (const record of others) {
      if (record.options.initCtr === null) await start(engine, record);
    }
    recordPodEvent(engine, pod, 'start');
  } finally {
    release();
  }
}

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

async function eachRunning(
  engine: Engine,
  pod: PodRecord,
  action: (id: string, paused: boolean) => Promise<unknown>,
): Promise<void> {
  for (const { id } of endingOrder(engine, pod)) {
    const state = await settledContainerState(engine.store, id);
    if (state.status !== 'running') continue;
    await action(id, state.paused);
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
  const states = ownMembers(viewPod(engine.store, pod)).map(({ state }) => state.status);
  if (!states.some((status) => status === 'running' || status === 'starting')) return;
  throw new BryoError(
    'pod-running',
    `not all containers could be removed from pod ${pod.id}: removing pod containers: containers of it run`,
    { hint: 'stop it first, or use --force' },
  );
}

/** Containers outside of a pod that need one of its own. */
export function outsideDependants(engine: Engine, pod: PodRecord): ContainerRecord[] {
  return membersOf(engine.store, pod.id)
    .flatMap(({ id }) => findDependants(engine, id))
    .filter(({ options }) => options.pod !== pod.id);
}
