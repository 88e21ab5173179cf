import { pauseSync } from '../base/pause.ts';
import { containerConfig, release, requireProcess } from './create.ts';
import { killContainer, requireStatus, sigkill } from './lifecycle.ts';
import { openNotifyRelay } from './notify.ts';
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
 * `start`: lets a created container's process go, and waits until it is ready where a service manager is to be
 * told of that. Throws BryoError `hook-failed` when a poststart hook fails: the
 * container has been ended then, and forgotten.
 */
export async function startContainer(root: RuntimeRoot, id: string): Promise<void> {
  const record = createdRecord(root, id);
  requireStatus(record, 'start', ['created']);
  const { hooks, spec } = containerConfig(root, record);
  try {
    requireProcess(spec);
  } catch (error) {
    // Nothing will ever start in it: it ends, as with crun.
    killContainer(root, id, sigkill, false);
    throw error;
  }
  const relay = await openNotifyRelay(root, record);
  release(root, record);
  runPoststartHooks(root, hooks.poststart, record);
  await relay?.done;
}
