import { statSync } from 'node:fs';
import type { DamagedContainer } from '../../container/records.ts';
import { lockOwner } from '../../native/locks.ts';
import { fileIn } from '../../store/container-files.ts';
import { type Store, storePaths } from '../../store/paths.ts';

/** A container in a listing of which only the id is sure. */
export interface DamagedView {
  damaged: DamagedContainer;
  createdAt: Date;
}

/** Containers whose records are damaged, from all such: those that have a monitor, or with `all` all of them. */
export function viewDamaged(
  store: Store,
  containers: readonly DamagedContainer[],
  all: boolean,
): DamagedView[] {
  return containers.flatMap((damaged) => {
    const directory = storePaths.container(store, damaged.id);
    if (!all && lockOwner(fileIn(directory, 'lock')) === null) return [];
    const status = statSync(directory, { throwIfNoEntry: false });
    return status === undefined ? [] : [{ damaged, createdAt: status.birthtime }];
  });
}
