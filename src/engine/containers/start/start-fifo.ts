import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { errnoCode } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { readContainerState } from '../../../monitor/state.ts';
import { addon } from '../../../native/addon.ts';
import type { RuntimeInput } from '../../../plan/launch-input.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';

/** The named pipe that an initialized container's process waits at: a byte lets it go. */
export function startFifo(store: Store, id: string): string {
  return containerFile(store, id, 'startFifo');
}

/** The part of a launch plan that makes the process wait. It stays for the monitor's restarts. */
export function heldStart(store: Store, id: string): RuntimeInput {
  const fifo = startFifo(store, id);
  rmSync(fifo, { force: true });
  addon().mkfifo(fifo);
  return {
    handover: null,
    noNewKeyring: false,
    noPivot: false,
    startFifo: fifo,
    hooks: { createRuntime: [], createContainer: [], startContainer: [] },
    hookState: { creating: '', created: '' },
  };
}

function letGo(fifo: string): void {
  try {
    const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, 's');
    closeSync(fd);
  } catch (error) {
    // The pipe has no reader any more: another command was faster, or the process has been killed.
    if (errnoCode(error) !== 'ENXIO' && errnoCode(error) !== 'ENOENT') throw error;
  }
}

const pollInterval = 2;

/** Starts what was initialized; returns when its process runs, or has ended. */
export async function releaseContainer(engine: Engine, record: ContainerRecord): Promise<void> {
  letGo(startFifo(engine.store, record.id));
  while (readContainerState(engine.store, record.id).status === 'initialized') {
    await setTimeout(pollInterval);
  }
}
