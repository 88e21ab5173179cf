import { formatAge } from '../../base/duration.ts';
import { signalName } from '../../base/signals.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import type { HealthStatus } from '../../monitor/health.ts';
import { type ContainerState, readContainerState } from '../../monitor/state.ts';
import type { LostService } from '../../monitor/state-file.ts';
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
  /** Somebody has stopped it since its last start; known of those with a restart policy. */
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

/** The exit code that listings show; -1 when nobody knows it. */
export function exitCodeOf(state: ContainerState): number {
  switch (state.status) {
    case 'exited':
      return state.exitCode;
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

/** A network helper that was killed, or ran out of memory, is not made again: who needs it is told. */
function lostNote(lost: LostService | null): string {
  if (lost === null) return '';
  return lost === 'network' ? ' (network lost)' : ' (UDP ports lost)';
}

/** `Up 3 minutes ago`, `Exited (0) 2 hours ago`, as podman's listing says it. */
export function statusText(state: ContainerState, now: Date): string {
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'starting':
      return 'Starting';
    case 'initialized':
      return 'Initialized';
    case 'running':
      if (state.paused) return 'Paused';
      if (state.stopping) return 'Stopping';
      return `Up ${formatAge(new Date(state.startedAt), now)}${lostNote(state.lost)}`;
    case 'exited':
      if (state.restarting !== null) {
        return `Restarting (${state.exitCode}) ${formatAge(new Date(state.finishedAt), now)}`;
      }
      return `Exited (${state.exitCode}) ${formatAge(new Date(state.finishedAt), now)}`;
    case 'unknown':
      return 'Exited (unknown)';
  }
}

/** The same with what is known of the container's health: `Up 3 minutes ago (healthy)`. */
export function viewStatus({ state, health }: ContainerView, now: Date): string {
  const text = statusText(state, now);
  return health === null ? text : `${text} (${health})`;
}

/** What is wrong with a container that runs, or how it ended, for people: the signal's name or the timeout. */
export function errorText(state: ContainerState): string {
  if (state.status === 'running' && state.lost !== null) {
    const what = state.lost === 'network' ? 'network helper' : 'relay of its UDP ports';
    return `its ${what} has ended: 'bryo restart' starts it again`;
  }
  if (state.status !== 'exited') return '';
  if (state.restartError !== '') return `cannot restart: ${state.restartError}`;
  if (state.signal === 0) return '';
  return state.cause === 'timeout' ? 'killed after --timeout' : signalName(state.signal);
}
