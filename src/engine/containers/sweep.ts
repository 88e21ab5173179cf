import { type DamagedContainer, listRecords } from '../../container/records.ts';
import { readContainerState } from '../../monitor/state.ts';
import { lockOwner } from '../../native/locks.ts';
import { containerFile } from '../../store/container-files.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { storePaths } from '../../store/paths.ts';
import { keptTrees } from '../../store/staging.ts';
import type { Engine } from '../engine.ts';
import { sweep } from '../system/sweep.ts';

/** Damaged layers that were replaced go when no container runs any more. */
async function removeKeptTrees(engine: Engine): Promise<void> {
  const kept = keptTrees(engine.store);
  if (kept.length === 0) return;
  const { store } = engine;
  const hasMonitor = (id: string) =>
    lockOwner(containerFile(store, id, 'lock')) !== null || 'pid' in readContainerState(store, id);
  const runs = listDirectory(storePaths.containers(store)).some(hasMonitor);
  if (runs) return;
  const { removeTrees } = await import('../../store/worker.ts');
  await removeTrees(kept, engine.idMap());
}

/** Removes what killed commands left half made or half removed. Gives the containers that are damaged. */
export async function sweepStore(engine: Engine): Promise<DamagedContainer[]> {
  await sweep(engine);
  const { garbage, staleNames, damaged } = listRecords(engine.store);
  if (garbage.length > 0) {
    // Rarely needed, and all that ends a container with it: ps starts without.
    const { removeGarbage } = await import('./remove.ts');
    for (const id of garbage) await removeGarbage(engine, id);
  }
  if (staleNames.length > 0) {
    const { sweepNames } = await import('../../container/registration.ts');
    sweepNames(engine.store, staleNames);
  }
  await removeKeptTrees(engine);
  return damaged;
}
