import { closeSync } from 'node:fs';
import { BryoError, errnoCode } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { type LaunchPhase, launch } from '../../../monitor/launch.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { addon } from '../../../native/addon.ts';
import { type InheritedDescriptors, noDescriptors } from '../../../native/inherited-fds.ts';
import { acquireLock, type HeldLock } from '../../../native/locks.ts';
import { encodePlan } from '../../../plan/encode.ts';
import { launchError } from '../../../plan/failure.ts';
import { containerFile } from '../../../store/container-files.ts';
import { storePaths } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';
import { refuseMounted } from '../../mounts/refuse.ts';
import { endForeign } from '../foreign/runtime.ts';
import { writePorts } from '../ports.ts';
import { endRestarting } from '../stop.ts';
import { startDependencies } from './dependencies.ts';
import { removeLeftovers } from './leftovers.ts';
import type { TerminalSize } from './monitor-input.ts';
import { prepareStart } from './prepare.ts';
import { clearSigns } from './restart-files.ts';
import { releaseContainer } from './start-fifo.ts';

export interface StartOptions {
  /** Connect an attach client from the first byte on. */
  attached: boolean;
  size: TerminalSize | null;
  /** The caller's descriptors for the container's process. */
  inherited?: InheritedDescriptors;
  /** Make all ready, but let the process wait for another start. */
  held?: boolean;
  /** How often its restart policy has started it again, with this time; absent: somebody starts it. */
  restarts?: number;
}

/** A container that runs. */
export interface Started {
  pid: number;
  phases: LaunchPhase[];
  /** The attach connection (a descriptor), or null. */
  client: number | null;
}

/** One start of a container at a time: each writes the files that it binds into the container. */
async function lockStart({ store }: Engine, { id, name }: ContainerRecord): Promise<HeldLock> {
  try {
    return await acquireLock(containerFile(store, id, 'startLock'), 'exclusive');
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new BryoError('no-such-container', `container ${name} was removed`);
  }
}

/** Bars others from choosing of a range of the host's ports until what was chosen is bound; null: there is no range. */
async function lockRanges(
  { store }: Engine,
  { options }: ContainerRecord,
): Promise<HeldLock | null> {
  if (!options.ports.some(({ choices = 1 }) => choices > 1)) return null;
  return acquireLock(storePaths.portsLock(store), 'exclusive');
}

async function startLocked(
  engine: Engine,
  record: ContainerRecord,
  options: StartOptions,
): Promise<Started> {
  const state = await settledContainerState(engine.store, record.id);
  if (state.status === 'running') {
    throw new BryoError('already-running', `container ${record.name} is already running`);
  }
  if (state.status === 'exited' && state.restarting !== null) {
    await endRestarting(engine, record, state.restarting);
  }
  if (state.status === 'initialized') {
    await releaseContainer(engine, record);
    return { pid: state.pid, phases: [], client: null };
  }
  await startDependencies(engine, record, (dependency) =>
    startContainer(engine, dependency, { attached: false, size: null }),
  );
  const ranges = await lockRanges(engine, record);
  try {
    return await prepareAndLaunch(engine, record, options);
  } finally {
    ranges?.release();
  }
}

async function prepareAndLaunch(
  engine: Engine,
  record: ContainerRecord,
  options: StartOptions,
): Promise<Started> {
  const { inherited = noDescriptors } = options;
  await refuseMounted(engine, record);
  clearSigns(engine.store, record.id);
  removeLeftovers(engine.store, record.id);
  if (record.options.runtime !== null) endForeign(engine.store, record);
  const prepared = await prepareStart(engine, record, { ...options, inherited });
  const { preserved, published } = prepared.descriptors;
  const native = addon();
  const pair = options.attached ? native.seqpacketPair() : null;
  const client = pair === null ? null : pair[1];
  const { network } = prepared;
  const bridges = network.kind === 'bridges' ? network : null;
  // A container that has run may be gone before anything else is written: --rm removes it.
  if ('ports' in network) writePorts(engine.store, record.id, network.ports);
  const result = await launch(encodePlan(prepared.plan), {
    client,
    preserved,
    published,
    bridges: bridges?.held.descriptors() ?? [],
    place: prepared.place,
  }).finally(() => bridges?.held.close());
  if (result.kind === 'failed') {
    if (pair !== null) closeSync(pair[0]);
    // Another start may follow, as when a client attaches first.
    const { allowRemount } = await import('./remount.ts');
    await allowRemount(engine, record);
    throw launchError(prepared.plan, result);
  }
  if (record.options.runtime !== null) {
    const { awaitForeign } = await import('../foreign/await.ts');
    await awaitForeign(engine, record);
  }
  return { pid: result.pid, phases: result.phases, client: pair === null ? null : pair[0] };
}

/**
 * Starts a created or exited container; returns when its process runs.
 *
 * Throws BryoError with podman's exit code for a start that failed; then nothing is left running.
 */
export async function startContainer(
  engine: Engine,
  record: ContainerRecord,
  options: StartOptions,
): Promise<Started> {
  const lock = await lockStart(engine, record);
  try {
    return await startLocked(engine, record, options);
  } finally {
    lock.release();
  }
}
