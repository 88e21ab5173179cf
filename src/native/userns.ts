import type { IdMap, IdMapping } from '../base/id-map.ts';
import { libexecPath } from './locate.ts';
import { type RunResult, runProgram } from './run.ts';

export interface UsernsCommand {
  /** Absolute path of a trusted program, and its arguments. */
  argv: string[];
  idMap: IdMap;
}

function extents(mappings: readonly IdMapping[]): string {
  return mappings.map((m) => `${m.containerId}:${m.hostId}:${m.size}`).join(',');
}

/** The launcher's argv for running a program as root of a fresh user and mount namespace. */
export function usernsArgv(idMap: IdMap, argv: readonly string[], session = false): string[] {
  const direct = idMap.kind === 'full' ? [] : ['--direct'];
  const maps = ['--uids', extents(idMap.uids), '--gids', extents(idMap.gids)];
  return ['userns', ...maps, ...direct, ...(session ? ['--session'] : []), '--', ...argv];
}

/**
 * Runs a trusted program as root of a fresh user and mount namespace with the given id mapping and
 * waits for it. 125 with a line on stderr when the namespace cannot be made.
 */
export function runInUserns(command: UsernsCommand): RunResult {
  const argv = ['bryo-launcher', ...usernsArgv(command.idMap, command.argv)];
  return runProgram({ path: libexecPath('bryo-launcher'), argv });
}
