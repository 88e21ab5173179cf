import { join } from 'node:path';
import { isFrozen } from '../cgroup/freeze.ts';
import { lockOwner } from '../native/locks.ts';
import { bootId } from '../native/processes.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { readJson } from './read-json.ts';

/** What is true of a container now. Times are RFC 3339 with nanoseconds. */
export type ContainerState =
  | { status: 'created' }
  /** A launcher is at work; soon it runs, or the start has failed. */
  | { status: 'starting' }
  /** Ready, but its process waits for `start`. */
  | {
      status: 'initialized';
      pid: number;
      monitorPid: number;
      /** Directory of its control group, or null. */
      cgroup: string | null;
    }
  | {
      status: 'running';
      pid: number;
      monitorPid: number;
      startedAt: string;
      /** Directory of its control group, or null. */
      cgroup: string | null;
      /** Its processes are frozen. */
      paused: boolean;
      /** How often its monitor has started it again. */
      restarts: number;
    }
  | {
      status: 'exited';
      exitCode: number;
      /** 0: not ended by a signal. */
      signal: number;
      cause: 'exited' | 'signaled' | 'timeout';
      /** The kernel has killed a process of it for lack of memory. */
      oomKilled: boolean;
      /** Pid of the monitor that is about to start it again, or null. */
      restarting: number | null;
      /** How often that has been done. */
      restarts: number;
      startedAt: string;
      finishedAt: string;
    }
  /** It ran, and nobody saw how it ended: its monitor was killed, or the machine went down. */
  | { status: 'unknown'; startedAt: string };

/** What it is once a start has come to its end. */
export type SettledState = Exclude<ContainerState, { status: 'starting' }>;

/** state.json, written by the monitor (addon/monitor/records.cc). */
interface StateFile {
  status: 'initialized' | 'running';
  bootId: string;
  monitorPid: number;
  monitorStart: number;
  pid: number;
  pidStart: number;
  startedAt: string;
  cgroup?: string;
  restarts?: number;
}

interface ExitFile {
  exitCode: number;
  signal: number;
  cause: 'exited' | 'signaled' | 'timeout';
  exitedAt: string;
  oomKilled?: boolean;
  restarting?: boolean;
}

const pollInterval = 2;

/** As readContainerState, but a container that is starting is waited for. */
export async function settledContainerState(store: Store, id: string): Promise<SettledState> {
  for (;;) {
    const state = readContainerState(store, id);
    if (state.status !== 'starting') return state;
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}

/**
 * The truth about a container, from its monitor's records, the lock that a living monitor holds, and
 * /proc. It does not depend on the runtime directory.
 */
export function readContainerState(store: Store, id: string): ContainerState {
  const directory = storePaths.container(store, id);
  const state = readJson<StateFile>(join(directory, 'state.json'));
  const lock = join(directory, 'lock');
  if (state === null) return { status: lockOwner(lock) === null ? 'created' : 'starting' };
  const { startedAt, pid, monitorPid } = state;
  // The exit record is read after the lock: a monitor that ended meanwhile has written it by then,
  // and one that lives will write it.
  const monitor = lockOwner(lock);
  const monitored = monitor !== null;
  const exit = readJson<ExitFile>(join(directory, 'exit.json'));
  if (exit !== null) {
    const { exitCode, signal, cause, exitedAt, oomKilled = false } = exit;
    const restarting = exit.restarting === true && state.bootId === bootId() ? monitor : null;
    const ended = { restarting, restarts: state.restarts ?? 0, startedAt, finishedAt: exitedAt };
    return { status: 'exited', exitCode, signal, cause, oomKilled, ...ended };
  }
  if (monitored && state.bootId === bootId()) {
    const cgroup = state.cgroup || null;
    if (state.status === 'initialized') return { status: 'initialized', pid, monitorPid, cgroup };
    const paused = cgroup !== null && isFrozen(cgroup);
    const { restarts = 0 } = state;
    return { status: 'running', pid, monitorPid, startedAt, cgroup, paused, restarts };
  }
  return { status: 'unknown', startedAt };
}
