import { rmSync } from 'node:fs';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type ContainerFile, containerFile } from '../store/container-files.ts';
import type { Store } from '../store/paths.ts';
import { type RecordProblem, readRecordFile } from '../store/record-file.ts';
import { within } from '../store/staging.ts';
import { healthReading } from './health.ts';
import { isExitFile, readContainerState } from './state.ts';
import { isStateFile, madeAt } from './state-file.ts';

/** The files that a monitor writes of a run. */
export type MonitorRecord = Extract<ContainerFile, 'state' | 'exit' | 'health'>;

/** The fault of such a file; null: there is none, or no file. */
export function monitorRecordProblem(
  store: Store,
  id: string,
  file: MonitorRecord,
): RecordProblem | null {
  const path = containerFile(store, id, file);
  const reading =
    file === 'health'
      ? healthReading(path)
      : readRecordFile<object>(path, file === 'state' ? isStateFile : isExitFile);
  return reading.kind === 'damaged' ? reading.problem : null;
}

/**
 * Mends such a file; gives what was done. A living monitor writes its record again. Else what is lost
 * is lost: when it was started is told by the file's age, and nobody knows how it ended.
 */
export function mendMonitorRecord(store: Store, id: string, file: MonitorRecord): string {
  const path = containerFile(store, id, file);
  const { status } = readContainerState(store, id);
  if (monitorRecordProblem(store, id, file) === null) return 'written again by its monitor';
  if (file !== 'state') {
    rmSync(path, { recursive: true, force: true });
    return file === 'exit'
      ? 'removed: how it ended is unknown'
      : 'removed: the next check writes it';
  }
  if (status === 'starting') return 'left: it is being started';
  // Numbers of no process: it does not run.
  const none = { monitorPid: 1, monitorStart: 1, pid: 1, pidStart: 1 };
  const state = { version: 1, status: 'running', bootId: '', ...none, startedAt: madeAt(path) };
  writeFileAtomic(path, `${JSON.stringify(state)}\n`, 'durable', within(store));
  return 'written again';
}
