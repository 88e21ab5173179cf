import { readFileSync } from 'node:fs';
import { isFrozen } from '../cgroup/freeze.ts';
import type { EnumWord } from '../contract/enums.ts';
import { isMonitorRecord, type MonitorRecord } from '../contract/records.ts';
import { lockOwner } from '../native/locks.ts';
import { bootId, processStartTicks } from '../native/processes.ts';
import { killFamily, Waiting } from '../native/waiting.ts';
import { containerFile, fileIn } from '../store/container-files.ts';
import { KeptReadings } from '../store/kept-readings.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { readRecordFile } from '../store/record-file.ts';
import {
  foreignPid,
  type LostService,
  liveStateFile,
  madeAt,
  readStateFile,
  type StateFile,
} from './state-file.ts';
import { isStopping } from './stopping.ts';

/** The state of a container now. Times are RFC 3339 with nanoseconds. */
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
      /** The process of another OCI runtime, of which `pid` is a child. */
      runtimePid?: number;
      monitorPid: number;
      startedAt: string;
      /** Directory of its control group, or null. */
      cgroup: string | null;
      /** The container's processes are frozen. */
      paused: boolean;
      /** A command has asked it to end, and waits for that. */
      stopping: boolean;
      /** How often its monitor has started it again. */
      restarts: number;
      /** Whether its monitor can start it again. */
      keepsPlan: boolean;
      /** The service that it lacks since a helper of its network has ended; null: none. */
      lost: LostService | null;
    }
  | {
      status: 'exited';
      exitCode: number;
      /** 0: not ended by a signal. */
      signal: number;
      cause: EnumWord<'endCause'>;
      /** The kernel has killed a process of it for lack of memory. */
      oomKilled: boolean;
      /** Pid of the monitor that is about to start it again, or null. */
      restarting: number | null;
      /** How often that has been done. */
      restarts: number;
      /** Why it could not be started again; empty: nobody tried in vain. */
      restartError: string;
      startedAt: string;
      finishedAt: string;
    }
  /** The container ran, and nobody saw how it ended: its monitor was killed, or the machine went down. */
  | { status: 'unknown'; startedAt: string };

/** The state of a container once a start has come to its end. */
export type SettledState = Exclude<ContainerState, { status: 'starting' }>;

export type ExitFile = MonitorRecord<'exitFile'>;

const pollInterval = 2;
/** Digits of an id that are shown. */
const shortId = 12;

/**
 * As readContainerState, but a container that is starting is waited for. A launcher that is stopped is an
 * error (`no-answer`) after some seconds. With `force` that is its end, also when it is only slow.
 */
export async function settledContainerState(
  store: Store,
  id: string,
  force = false,
): Promise<SettledState> {
  const waiting = new Waiting(`the start of container ${id.slice(0, shortId)}`);
  for (;;) {
    const state = readContainerState(store, id);
    if (state.status !== 'starting') return state;
    const launcher = lockOwner(containerFile(store, id, 'lock'));
    if (launcher !== null) {
      if (!force) waiting.look(launcher, `bryo rm -f ${id.slice(0, shortId)}`);
      else if (waiting.vainReason(launcher, true) !== null) killFamily(launcher);
    }
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}

export function isExitFile(value: unknown): value is ExitFile {
  return isMonitorRecord('exitFile', value);
}

const exits = new KeptReadings<ExitFile | null>();

/** How a container has ended; null: it has not, nobody saw it, or the record is damaged. */
export function readExitFile(path: string): ExitFile | null {
  return exits.read(
    path,
    () => null,
    () => {
      const reading = readRecordFile(path, isExitFile);
      return reading.kind === 'sound' ? reading.value : null;
    },
  );
}

/** The monitor that has written a record, while it lives; whoever has lost the lock's file asks for it. */
function livingMonitor(state: StateFile | null): number | null {
  if (state === null || state.bootId !== bootId()) return null;
  return processStartTicks(state.monitorPid) === state.monitorStart ? state.monitorPid : null;
}

/**
 * Whether the owner of a container's lock is a launcher, which has said so in it: the records that lie
 * beside it are of the run before (addon/monitor/earlier_run.h).
 */
function isStarting(lock: string, owner: number): boolean {
  try {
    return readFileSync(lock, 'utf8') === `${owner}\n`;
  } catch {
    return false;
  }
}

/**
 * The truth about a container, from its monitor's records, the lock that a living monitor holds, and
 * /proc. It depends neither on the runtime directory nor on a whole state record: a living monitor
 * writes that again.
 */
export function readContainerState(store: Store, id: string): ContainerState {
  const directory = storePaths.container(store, id);
  const path = fileIn(directory, 'state');
  const state = readStateFile(path);
  // The exit record is read after the lock: a monitor that ended meanwhile has written it by then,
  // and one that lives will write it.
  const lock = fileIn(directory, 'lock');
  const monitor = lockOwner(lock) ?? livingMonitor(state);
  const exit = readExitFile(fileIn(directory, 'exit'));
  const startedAt = (): string | null => state?.startedAt ?? madeAt(path);
  if (exit !== null && monitor !== null) {
    if (isStarting(lock, monitor)) return { status: 'starting' };
    // The container had ended, and now it runs.
    if (readExitFile(fileIn(directory, 'exit')) === null) return readContainerState(store, id);
  }
  if (exit !== null && (state !== null || monitor === null || exit.restarting === true)) {
    const { exitCode, signal, cause, exitedAt, oomKilled = false, restartError = '' } = exit;
    const ofThisBoot = state === null || state.bootId === bootId();
    return {
      status: 'exited',
      exitCode,
      signal,
      cause,
      oomKilled,
      restarting: exit.restarting === true && ofThisBoot ? monitor : null,
      restarts: state?.restarts ?? 0,
      restartError,
      startedAt: startedAt() ?? exitedAt,
      finishedAt: exitedAt,
    };
  }
  if (monitor === null) {
    const began = startedAt();
    return began === null ? { status: 'created' } : { status: 'unknown', startedAt: began };
  }
  const live = liveStateFile(path, monitor);
  if (live === null) return { status: 'starting' };
  // The container has ended, and its monitor is still busy.
  if (exit !== null) return readContainerState(store, id);
  const { pid, monitorPid, restarts = 0, keepsPlan = false, lost = 'none' } = live;
  const cgroup = live.cgroup || null;
  if (live.status === 'initialized') return { status: 'initialized', pid, monitorPid, cgroup };
  const paused = cgroup !== null && isFrozen(cgroup);
  const foreign = foreignPid(store, id);
  if (foreign === null) return { status: 'starting' };
  const processes = foreign === undefined ? { pid } : { pid: foreign, runtimePid: pid };
  const { startedAt: began } = live;
  const stopping = isStopping(directory);
  const running = {
    ...processes,
    monitorPid,
    startedAt: began,
    cgroup,
    paused,
    stopping,
    restarts,
    keepsPlan,
    lost,
  };
  return { status: 'running', ...running, lost: lost === 'none' ? null : lost };
}
