import { spawn } from 'node:child_process';
import type { IdMap, IdMapping } from '../base/id-map.ts';
import { libexecPath } from './locate.ts';

export interface UsernsCommand {
  /** Absolute path of a trusted program, and its arguments. */
  argv: string[];
  idMap: IdMap;
  /** A descriptor for standard input; closed (/dev/null) unless given. */
  stdin?: number;
  env?: Record<string, string>;
}

export interface UsernsResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function extents(mappings: readonly IdMapping[]): string {
  return mappings.map((m) => `${m.containerId}:${m.hostId}:${m.size}`).join(',');
}

/** The launcher's argv for running a program as root of a fresh user and mount namespace. */
export function usernsArgv(idMap: IdMap, argv: readonly string[]): string[] {
  const direct = idMap.kind === 'full' ? [] : ['--direct'];
  const maps = ['--uids', extents(idMap.uids), '--gids', extents(idMap.gids)];
  return ['userns', ...maps, ...direct, '--', ...argv];
}

/**
 * Runs a trusted program as root of a fresh user and mount namespace with the given id mapping.
 *
 * Resolves with its exit status (125 with a line on stderr when the namespace cannot be made).
 */
export function runInUserns(command: UsernsCommand): Promise<UsernsResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(libexecPath('bryo-launcher'), usernsArgv(command.idMap, command.argv), {
      stdio: [command.stdin ?? 'ignore', 'pipe', 'pipe'],
      env: command.env ?? process.env,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ exitCode: signal === null ? (code ?? 125) : 128, stdout, stderr });
    });
  });
}
