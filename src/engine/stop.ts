import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { signalName } from '../base/signals.ts';
import { thaw } from '../cgroup/freeze.ts';
import type { ContainerRecord } from '../container/record.ts';
import { findRecord } from '../container/records.ts';
import { mayRestart } from '../container/restarts.ts';
import { type ContainerState, settledContainerState } from '../monitor/state.ts';
import { addon } from '../native/addon.ts';
import { processStartTicks } from '../native/processes.ts';
import { storePaths } from '../store/paths.ts';
import type { Engine } from './engine.ts';

type Running = Extract<ContainerState, { status: 'running' }>;

const sigkill = 9;
const sigterm = 15;
/** A killed process that does not go away hangs in the kernel: there is nothing more to do. */
const killWait = 10_000;
const forever = -1;

/** Sends a signal to a container's first process; one that has just ended is fine. */
function sendSignal(state: Pick<Running, 'pid'>, signal: number): void {
  try {
    process.kill(state.pid, signal);
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits until a process is gone; false when the time (in milliseconds) is over first. */
function awaitEnd(pid: number, milliseconds: number): boolean {
  return processStartTicks(pid) === null || addon().waitProcess(pid, milliseconds);
}

/**
 * Tells the monitor of a container that it may start again that its end is meant: it looks for the
 * file when the container has ended. A start takes it away again.
 */
export function markStopped(engine: Engine, record: ContainerRecord): void {
  if (!mayRestart(record)) return;
  writeFileSync(join(storePaths.container(engine.store, record.id), 'stopped'), '');
}

/** Keeps a monitor from starting a container again that has just ended; waits until it is gone. */
export function endRestarting(engine: Engine, record: ContainerRecord, monitor: number): void {
  markStopped(engine, record);
  sendSignal({ pid: monitor }, sigterm);
  awaitEnd(monitor, forever);
}

/**
 * Ends a running container: its stop signal, then SIGKILL after `timeout` seconds (0 or null: at
 * once, without the signal).
 * Returns when its monitor has written the exit record and cleaned up.
 */
export async function endContainer(
  engine: Engine,
  record: ContainerRecord,
  state: Running,
  timeout: number | null,
): Promise<void> {
  markStopped(engine, record);
  const grace = timeout === 0 ? null : timeout;
  if (grace !== null) sendSignal(state, record.stopSignal);
  // A frozen process hears of no signal but SIGKILL.
  if (state.paused && state.cgroup !== null) thaw(state.cgroup);
  if (grace === null || !awaitEnd(state.pid, grace * 1000)) {
    if (grace !== null) {
      engine.log(
        'warn',
        `${signalName(record.stopSignal)} did not stop ${record.name} in ${grace} seconds: killed`,
      );
    }
    sendSignal(state, sigkill);
    if (!awaitEnd(state.pid, killWait)) {
      throw new BryoError('cannot-kill', `container ${record.name} cannot be killed`);
    }
  }
  awaitEnd(state.monitorPid, forever);
}

export interface StopOptions {
  /** Seconds; null: the container's own stop timeout. */
  timeout: number | null;
  ignore: boolean;
}

/** Stops a container; one that does not run is fine. Returns what the user called it. */
export async function stopContainer(
  engine: Engine,
  nameOrId: string,
  options: StopOptions,
): Promise<string | null> {
  let record: ContainerRecord;
  try {
    record = findRecord(engine.store, nameOrId);
  } catch (error) {
    if (options.ignore && error instanceof BryoError && error.code === 'no-such-container') {
      return null;
    }
    throw error;
  }
  const state = await settledContainerState(engine.store, record.id);
  if (state.status === 'running') {
    await endContainer(engine, record, state, options.timeout ?? record.options.stopTimeout);
  } else if (state.status === 'exited' && state.restarting !== null) {
    endRestarting(engine, record, state.restarting);
  }
  return nameOrId;
}

/** Sends a signal to a running container. Throws BryoError `not-running`. */
export async function killContainer(
  engine: Engine,
  nameOrId: string,
  signal: number,
): Promise<void> {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running') {
    throw new BryoError(
      'not-running',
      `cannot kill container ${nameOrId}: it is ${state.status}, not running`,
    );
  }
  markStopped(engine, record);
  sendSignal(state, signal);
}
