import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { readContainerState, readExitFile } from './state.ts';
import { madeAt, readStateFile } from './state-file.ts';

/** The files that a monitor writes of a run. */
export type RunFile = 'state.json' | 'exit.json';

function runFile(store: Store, id: string, file: RunFile): string {
  return join(storePaths.container(store, id), file);
}

/** Whether the file is whole, or not there. */
export function isSoundRunFile(store: Store, id: string, file: RunFile): boolean {
  const path = runFile(store, id, file);
  const read = file === 'state.json' ? readStateFile : readExitFile;
  return !existsSync(path) || read(path) !== null;
}

/**
 * Mends such a file; gives what was done. A living monitor writes its record again. Else what is lost
 * is lost: when it was started is told by the file's age, and nobody knows how it ended.
 */
export function mendRunFile(store: Store, id: string, file: RunFile): string {
  const path = runFile(store, id, file);
  const { status } = readContainerState(store, id);
  if (isSoundRunFile(store, id, file)) return 'written again by its monitor';
  if (file === 'exit.json') {
    rmSync(path, { force: true });
    return 'removed: how it ended is unknown';
  }
  if (status === 'starting') return 'left: it is being started';
  // Numbers of no process: it does not run.
  const none = { monitorPid: 1, monitorStart: 1, pid: 1, pidStart: 1 };
  const state = { version: 1, status: 'running', bootId: '', ...none, startedAt: madeAt(path) };
  writeFileAtomic(path, `${JSON.stringify(state)}\n`, 'durable');
  return 'written again';
}
