import { pauseSync } from '../base/pause.ts';
import { containerConfig, release } from './create.ts';
import { requireStatus } from './lifecycle.ts';
import { runPoststartHooks } from './run.ts';
import { type RuntimeRecord, type RuntimeRoot, readRecord, statusOf } from './state.ts';

/** Milliseconds. */
const pause = 5;
const patience = 5_000;

/** The record of a container, whose creation may be about to end: callers see its state before. */
function createdRecord(root: RuntimeRoot, id: string): RuntimeRecord {
  let record = readRecord(root, id);
  for (let waited = 0; waited < patience && statusOf(record) === 'creating'; waited += pause) {
    pauseSync(pause);
    record = readRecord(root, id);
  }
  return record;
}

/**
 * `start`: lets a created container's process go. Throws BryoError `hook-failed` when a poststart hook fails: the
 * container has been ended then, and forgotten.
 */
export function startContainer(root: RuntimeRoot, id: string): void {
  const record = createdRecord(root, id);
  requireStatus(record, 'start', ['created']);
  release(root, record);
  runPoststartHooks(root, containerConfig(root, record).hooks.poststart, record);
}
