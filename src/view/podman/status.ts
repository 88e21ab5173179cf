import { formatAge, formatRoughDuration } from '../../base/duration.ts';
import { type ContainerView, exitCodeOf } from '../../engine/containers/describe.ts';
import type { ContainerState } from '../../monitor/state.ts';
import type { LostService } from '../../monitor/state-file.ts';

/** A network helper that was killed, or ran out of memory, is not made again: who needs it is told. */
function lostNote(lost: LostService | null): string {
  if (lost === null) return '';
  return lost === 'network' ? ' (network lost)' : ' (ports lost)';
}

function upTime(startedAt: string, now: Date): string {
  return formatRoughDuration(now.getTime() - Date.parse(startedAt));
}

/** `Up 3 minutes`, `Exited (0) 2 hours ago`, as podman's listing says it. */
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
      return `Up ${upTime(state.startedAt, now)}${lostNote(state.lost)}`;
    case 'exited':
      if (state.restarting !== null) {
        return `Restarting (${exitCodeOf(state)}) ${formatAge(new Date(state.finishedAt), now)}`;
      }
      return `Exited (${exitCodeOf(state)}) ${formatAge(new Date(state.finishedAt), now)}`;
    case 'unknown':
      return 'Exited (unknown)';
  }
}

/** A status with what is known of the container's health: `Up 3 minutes (healthy)`. */
export function viewStatus({ state, health }: ContainerView, now: Date): string {
  const text = statusText(state, now);
  return health === null ? text : `${text} (${health})`;
}
