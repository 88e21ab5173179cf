import { readFileSync, statSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import type { EnumWord } from '../contract/enums.ts';
import { isMonitorRecord, type MonitorRecord } from '../contract/records.ts';
import { bootId, processStartTicks } from '../native/processes.ts';
import { runFile } from '../store/container-files.ts';
import { KeptReadings } from '../store/kept-readings.ts';
import type { Store } from '../store/paths.ts';
import { readRecordFile } from '../store/record-file.ts';

/** state.json, written by the monitor. */
export type StateFile = MonitorRecord<'stateFile'>;

/** A service of a network helper: the container's whole network, or its ports on the host. */
export type LostService = Exclude<EnumWord<'lostService'>, 'none'>;

/** Longest wait, in ms, for a monitor to write its record again, and the time between two looks. */
const rewriteWait = 2000;
const lookInterval = 2;
const sigusr1Bit = 1n << 9n;

export function isStateFile(value: unknown): value is StateFile {
  return isMonitorRecord('stateFile', value);
}

const readings = new KeptReadings<StateFile | null>();

/** The record; null when there is none, or it is damaged. */
export function readStateFile(path: string): StateFile | null {
  return readings.read(
    path,
    () => null,
    () => {
      const reading = readRecordFile(path, isStateFile);
      return reading.kind === 'sound' ? reading.value : null;
    },
  );
}

/** Whether a record is what the monitor with this pid has written of its container. */
function isOf(monitor: number, state: StateFile): boolean {
  if (state.monitorPid !== monitor || state.bootId !== bootId()) return false;
  // A payload that has just ended is for the exit record to tell of.
  return [state.pidStart, null].includes(processStartTicks(state.pid));
}

/**
 * Whether SIGUSR1 reaches a loop that waits for it. A launcher that is not yet a monitor would be
 * killed by it.
 */
function awaitsSignal(pid: number): boolean {
  try {
    const [, mask] =
      /^SigBlk:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return mask !== undefined && (BigInt(`0x${mask}`) & sigusr1Bit) !== 0n;
  } catch {
    return false;
  }
}

/**
 * Has a monitor write its record again, and make the sockets that are gone (addon/monitor/monitor.cc); false:
 * it cannot be asked.
 */
export function askForRecord(monitor: number): boolean {
  if (!awaitsSignal(monitor)) return false;
  try {
    process.kill(monitor, 'SIGUSR1');
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ESRCH' || errnoCode(error) === 'EPERM') return false;
    throw error;
  }
}

/**
 * The record of a living monitor: where it is missing or damaged the monitor writes it again. Null:
 * there is none yet, for the container is just starting.
 */
export function liveStateFile(path: string, monitor: number): StateFile | null {
  const state = readStateFile(path);
  if (state !== null && isOf(monitor, state)) return state;
  if (!askForRecord(monitor)) return null;
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const until = performance.now() + rewriteWait;
  while (performance.now() < until) {
    Atomics.wait(waiting, 0, 0, lookInterval);
    const again = readStateFile(path);
    if (again !== null && isOf(monitor, again)) return again;
  }
  return null;
}

/** When a file that was damaged since was made, as nearly as can be told; null: there is none. */
export function madeAt(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? null : status.birthtime.toISOString();
}

/**
 * The first process of a container that another OCI runtime runs, which is a child of the payload; undefined: it is
 * no such container, null: the runtime has not made it yet.
 */
export function foreignPid(store: Store, id: string): number | null | undefined {
  try {
    const pid = Number(readFileSync(runFile(store, id, 'foreignPid'), 'utf8'));
    return pid > 0 ? pid : null;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
