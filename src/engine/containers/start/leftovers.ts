import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { removeGroup } from '../../../cgroup/remove.ts';
import { readStateFile, type StateFile } from '../../../monitor/state-file.ts';
import { bootId } from '../../../native/processes.ts';
import { killStrays } from '../../../native/strays.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';
import { endExecSessions } from '../exec-sessions.ts';

/**
 * Kills the processes that a container left when its monitor was killed, and removes the control group that
 * it had. Only for one that does not run, whose lock or start the caller holds.
 */
export function removeLeftovers(store: Store, id: string): void {
  const state = readStateFile(containerFile(store, id, 'state'));
  if (state === null) return;
  removeGroupOf(state, id);
  if (state.strays === undefined || state.bootId !== bootId()) return;
  endExecSessions(store, id);
  killStrays(state.strays, state.pidStart);
}

function removeGroupOf(state: StateFile, id: string): void {
  const path = state.cgroup ?? '';
  const name = `bryo-${id}`;
  const isItsOwn = basename(path) === name || basename(dirname(path)) === `${name}.scope`;
  if (isItsOwn && existsSync(path)) removeGroup(path);
}
