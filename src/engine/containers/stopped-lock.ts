import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { type HeldLock, takeOwnerLock } from '../../native/locks.ts';
import { containerFile } from '../../store/container-files.ts';
import type { Engine } from '../engine.ts';

/** Milliseconds between two tries, and tries in all: a monitor that has told the end of its container takes as long to leave. */
const interval = 50;
const tries = 100;

/**
 * Keeps a container that does not run from being started or removed: two mounts of one upper layer
 * would damage it. Throws BryoError `container-busy` while another command has it.
 */
export async function lockStopped(engine: Engine, record: ContainerRecord): Promise<HeldLock> {
  const path = containerFile(engine.store, record.id, 'lock');
  for (let attempt = 1; ; attempt += 1) {
    const lock = takeOwnerLock(path);
    if (lock !== null) return lock;
    if (attempt === tries) {
      throw new BryoError(
        'container-busy',
        `container ${record.name} is in use by another command`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
