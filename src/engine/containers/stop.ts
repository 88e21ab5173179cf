import { BryoError } from '../../base/errors.ts';
import { signalName } from '../../base/signals.ts';
import { thaw } from '../../cgroup/freeze.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import {
  type ContainerState,
  readContainerState,
  settledContainerState,
} from '../../monitor/state.ts';
import { clearStopping, markStopping } from '../../monitor/stopping.ts';
import { endsWithin, killFamily, Waiting } from '../../native/waiting.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';
import { sendSignal, signalContainer } from './signal.ts';
import { leaveSign } from './start/restart-files.ts';

/** A container with a process, which may still wait to be started. */
type Running = Extract<ContainerState, { status: 'running' | 'initialized' }>;

const sigint = 2;
const sigquit = 3;
const sigkill = 9;
const sigterm = 15;
/** A killed process that does not go away hangs in the kernel: there is nothing more to do. */
const killWait = 10_000;
/** Milliseconds until a monitor that does not hear is asked again. */
const askAgain = 50;

/**
 * Says that the end of a container is meant: a monitor that may start it again looks for the file when
 * it has ended, and inspection tells of it. A start takes it away again.
 */
export function markStopped(engine: Engine, record: ContainerRecord): void {
  leaveSign(engine.store, record.id, 'stopped');
}

/** A remedy for a monitor that does not answer. */
const byForce = (record: ContainerRecord): string => `bryo rm -f ${record.name}`;

/**
 * Keeps a monitor from starting a container again that has just ended; waits until it is gone. It hears
 * of nothing while it is starting it: then what runs is killed. With `force` a monitor that is stopped is
 * killed; else it is an error (`no-answer`).
 */
export async function endRestarting(
  engine: Engine,
  record: ContainerRecord,
  monitor: number,
  force = false,
): Promise<void> {
  const waiting = new Waiting(`the end of container ${record.name}`);
  markStopped(engine, record);
  do {
    if (!force) waiting.look(monitor, byForce(record));
    else if (waiting.vainReason(monitor) !== null) killFamily(monitor);
    const state = readContainerState(engine.store, record.id);
    if ('pid' in state) signalContainer(engine, record, state, sigkill);
    else sendSignal({ pid: monitor }, sigterm);
  } while (!(await endsWithin(monitor, askAgain)));
}

/** When a container was asked to end, and when it shall have ended (performance.now()). */
interface StopTime {
  asked: number;
  until: number;
}

/** Asks a running container to end; null: it is killed at once. */
function askToEnd(
  engine: Engine,
  record: ContainerRecord,
  state: Running,
  timeout: number | null,
): StopTime {
  markStopped(engine, record);
  // A container that waits to be started would do so until it is killed.
  const kill = timeout === null || timeout === 0 || state.status === 'initialized';
  if (!kill) markStopping(engine.store, record.id);
  signalContainer(engine, record, state, kill ? sigkill : record.stopSignal);
  // A frozen process hears of no signal but SIGKILL.
  if (state.status === 'running' && state.paused && state.cgroup !== null) thaw(state.cgroup);
  const asked = performance.now();
  return { asked, until: asked + (kill ? killWait : (timeout ?? 0) * 1000) };
}

/**
 * Waits for the end of what was asked to end, and kills it when its time is over. With `force` a monitor that
 * is stopped is killed, too; else it is an error (`no-answer`).
 */
async function seeEnd(
  engine: Engine,
  record: ContainerRecord,
  state: Running,
  { asked, until }: StopTime,
  force = false,
): Promise<void> {
  if (!(await endsWithin(state.pid, until - performance.now()))) {
    clearStopping(engine.store, record.id);
    const seconds = Math.round((until - asked) / 1000);
    engine.log(
      'warn',
      `StopSignal ${signalName(record.stopSignal)} failed to stop container ${record.name} in ${seconds} seconds, resorting to SIGKILL`,
    );
    signalContainer(engine, record, state, sigkill);
    if (!(await endsWithin(state.pid, killWait))) {
      throw new BryoError('cannot-kill', `container ${record.name} cannot be killed`);
    }
  }
  clearStopping(engine.store, record.id);
  const waiting = new Waiting(`the record of how container ${record.name} has ended`);
  if (force) await waiting.forceEnd(state.monitorPid);
  else await waiting.awaitEnd(state.monitorPid, byForce(record));
}

/**
 * Ends a running container: its stop signal, then SIGKILL after `timeout` seconds (0 and null: at
 * once; Infinity: never). Returns when its monitor has written the exit record and cleaned up.
 */
export async function endContainer(
  engine: Engine,
  record: ContainerRecord,
  state: Running,
  timeout: number | null,
  force = false,
): Promise<void> {
  await seeEnd(engine, record, state, askToEnd(engine, record, state, timeout), force);
}

export interface StopOptions {
  /** Seconds, Infinity for no limit; null: the container's own stop timeout. */
  timeout: number | null;
  ignore: boolean;
  /** Done when a container that ran has ended. */
  afterwards?(record: ContainerRecord): Promise<void>;
}

function findOrIgnore(engine: Engine, nameOrId: string, ignore: boolean): ContainerRecord | null {
  try {
    return findRecord(engine.store, nameOrId);
  } catch (error) {
    if (ignore && error instanceof BryoError && error.code === 'no-such-container') return null;
    throw error;
  }
}

/**
 * Asks a container to stop and gives what waits for its end, so that several can be asked before
 * the first is awaited. One that does not run is fine. The end gives back what the user called it,
 * or null where there is no such container and that is allowed.
 */
export async function beginStop(
  engine: Engine,
  nameOrId: string,
  options: StopOptions,
): Promise<() => Promise<string | null>> {
  const record = findOrIgnore(engine, nameOrId, options.ignore);
  if (record === null) return async () => null;
  const state = await settledContainerState(engine.store, record.id);
  if ('pid' in state) {
    const time = askToEnd(engine, record, state, options.timeout ?? record.options.stopTimeout);
    return async () => {
      await seeEnd(engine, record, state, time);
      recordContainerEvent(engine, record, 'stop');
      await options.afterwards?.(record);
      return nameOrId;
    };
  }
  if (state.status === 'exited' && state.restarting !== null) {
    await endRestarting(engine, record, state.restarting);
  } else {
    markStopped(engine, record);
  }
  return async () => nameOrId;
}

/** Stops a container and waits for its end. Returns as beginStop's end. */
export async function stopContainer(
  engine: Engine,
  nameOrId: string,
  options: StopOptions,
): Promise<string | null> {
  return (await beginStop(engine, nameOrId, options))();
}

/** Whether a signal is meant to end a container, rather than to tell it something. */
function isEnding(signal: number, record: ContainerRecord): boolean {
  return [sigint, sigquit, sigkill, sigterm, record.stopSignal].includes(signal);
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
      'not-killable',
      `can only kill running containers. ${record.id} is in state ${state.status}: container state improper`,
      { about: `${nameOrId}: container ${record.id}` },
    );
  }
  if (isEnding(signal, record)) markStopped(engine, record);
  signalContainer(engine, record, state, signal);
  recordContainerEvent(engine, record, 'kill');
}
