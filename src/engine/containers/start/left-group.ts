import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { removeGroup } from '../../../cgroup/remove.ts';
import { readStateFile } from '../../../monitor/state-file.ts';
import { type Store, storePaths } from '../../../store/paths.ts';

/**
 * Removes the control group that a container had when its monitor was killed, and kills what is still
 * in it. Only for one that does not run, whose lock or start the caller holds.
 */
export function removeLeftGroup(store: Store, id: string): void {
  const path = readStateFile(join(storePaths.container(store, id), 'state.json'))?.cgroup ?? '';
  const name = `bryo-${id}`;
  const isItsOwn = basename(path) === name || basename(dirname(path)) === `${name}.scope`;
  if (isItsOwn && existsSync(path)) removeGroup(path);
}
