import type { IdMap, IdMapping } from '../base/id-map.ts';
import { libexecPath } from './locate.ts';
import { type RunRequest, type RunResult, runProgram, runProgramAside } from './run.ts';

export interface UsernsCommand {
  /** Absolute path of a trusted program, and its arguments. */
  argv: string[];
  idMap: IdMap;
}

function extents(mappings: readonly IdMapping[]): string {
  return mappings.map((m) => `${m.containerId}:${m.hostId}:${m.size}`).join(',');
}

/** A session that holds what is mounted in it. */
export interface SessionOptions {
  /** The directory to reach its server through; null: that of the session around it serves it, too. */
  server: string | null;
}

/** The launcher's argv for running a program as root of a fresh user and mount namespace. */
export function usernsArgv(
  idMap: IdMap,
  argv: readonly string[],
  session: SessionOptions | null = null,
): string[] {
  const direct = idMap.kind === 'full' ? [] : ['--direct'];
  const maps = ['--uids', extents(idMap.uids), '--gids', extents(idMap.gids)];
  const server = session === null || session.server === null ? [] : ['--server', session.server];
  const words = session === null ? [] : ['--session', ...server];
  return ['userns', ...maps, ...direct, ...words, '--', ...argv];
}

function usernsRequest({ idMap, argv }: UsernsCommand): RunRequest {
  const words = ['bryo-launcher', ...usernsArgv(idMap, argv)];
  return { path: libexecPath('bryo-launcher'), argv: words };
}

/**
 * Runs a trusted program as root of a fresh user and mount namespace with the given id mapping and
 * waits for it. 125 with a line on stderr when the namespace cannot be made.
 */
export function runInUserns(command: UsernsCommand): Promise<RunResult> {
  return runProgramAside(usernsRequest(command));
}

/** Runs such a program as takes a moment: nothing else of this process goes on meanwhile. */
export function runInUsernsNow(command: UsernsCommand): RunResult {
  return runProgram(usernsRequest(command));
}
