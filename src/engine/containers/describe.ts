import { signalName } from '../../base/signals.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord, listRecords } from '../../container/records.ts';
import type { HealthStatus } from '../../monitor/health.ts';
import { type ContainerState, readContainerState } from '../../monitor/state.ts';
import { isAlive } from '../../native/processes.ts';
import type { Store } from '../../store/paths.ts';
import { healthStatus } from './health.ts';
import { isStoppedOnPurpose } from './start/restart-files.ts';

/** A container with what is true of it now. */
export interface ContainerView {
  record: ContainerRecord;
  state: ContainerState;
  /** Null: it does not run, or nobody checks. */
  health: HealthStatus | null;
  /** Whether the container was stopped on purpose since its last start; known of those with a restart policy. */
  stopped: boolean;
}

/** All containers, oldest first. */
export function viewContainers(store: Store): ContainerView[] {
  return listRecords(store).records.map((record) => viewContainer(store, record));
}

/** One container. */
export function viewContainer(store: Store, record: ContainerRecord): ContainerView {
  const state = readContainerState(store, record.id);
  const health = state.status === 'running' ? healthStatus(store, record) : null;
  const stopped = record.options.restart.policy !== 'no' && isStoppedOnPurpose(store, record.id);
  return { record, state, health, stopped };
}

/** The command that made it is still at work, and may be about to start it: not one to prune. */
export function isBeingStarted({ record, state }: ContainerView): boolean {
  return state.status === 'created' && isAlive(record.creator);
}

/** Whether a container of this state has living processes. */
export function isUp(status: string): boolean {
  return ['starting', 'running', 'paused', 'stopping', 'restarting'].includes(status);
}

/** The exit code that listings show; -1 when nobody knows it, and after --timeout as podman has it. */
export function exitCodeOf(state: ContainerState): number {
  switch (state.status) {
    case 'exited':
      return state.cause === 'timeout' ? -1 : state.exitCode;
    case 'unknown':
      return -1;
    default:
      return 0;
  }
}

/** A state in one word, as listings and `inspect` have it. */
export function stateName(state: ContainerState): string {
  if (state.status === 'running' && state.paused) return 'paused';
  if (state.status === 'running' && state.stopping) return 'stopping';
  if (state.status === 'exited' && state.restarting !== null) return 'restarting';
  return state.status === 'unknown' ? 'exited' : state.status;
}

/** The fault of a container that runs, or how it ended, for people: the signal's name or the timeout. */
export function errorText(state: ContainerState): string {
  if (state.status === 'running' && state.lost !== null) {
    return state.lost === 'network'
      ? "its network helper has ended: 'bryo restart' starts it again"
      : 'its ports are not relayed: what is tried again fails, maybe as another program has them';
  }
  if (state.status !== 'exited') return '';
  if (state.restartError !== '') return `cannot restart: ${state.restartError}`;
  if (state.signal === 0) return '';
  return state.cause === 'timeout' ? 'killed after --timeout' : signalName(state.signal);
}

/** The container of that name or id. Throws BryoError `no-such-container`, and DamagedRecordError. */
export function findContainer(store: Store, nameOrId: string): ContainerView {
  return viewContainer(store, findRecord(store, nameOrId));
}
