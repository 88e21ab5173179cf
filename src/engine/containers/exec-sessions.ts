import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { newContainerId } from '../../container/id.ts';
import { lockOwner } from '../../native/locks.ts';
import { isAlive, ownIdentity } from '../../native/processes.ts';
import { killFamily } from '../../native/waiting.ts';
import { runFile, sessionFile } from '../../store/container-files.ts';
import type { Store } from '../../store/paths.ts';

/**
 * A command that `exec` runs in a container. Its directory is removed by its monitor, which holds
 * the lock in it as long as it lives.
 */
export interface ExecSession {
  /** 64 hexadecimal digits. */
  id: string;
  directory: string;
  lockPath: string;
}

function sessionsDirectory(store: Store, containerId: string): string {
  return runFile(store, containerId, 'execSessions');
}

function session(directory: string, id: string): ExecSession {
  const own = join(directory, id);
  return { id, directory: own, lockPath: sessionFile(own, 'lock') };
}

/** Makes the directory of a new session, which says who is about to start it. */
export function makeExecSession(
  store: Store,
  containerId: string,
  id: string = newContainerId(),
): ExecSession {
  const made = session(sessionsDirectory(store, containerId), id);
  mkdirSync(made.directory, { recursive: true, mode: 0o700 });
  writeFileSync(sessionFile(made.directory, 'creator'), ownIdentity());
  return made;
}

/** The session of that id, whether it runs or not. */
export function execSession(store: Store, containerId: string, id: string): ExecSession {
  return session(sessionsDirectory(store, containerId), id);
}

/** Of a session that could not be started. */
export function removeExecSession({ directory }: ExecSession): void {
  rmSync(directory, { recursive: true, force: true });
}

function creatorLives(directory: string): boolean {
  try {
    return isAlive(readFileSync(sessionFile(directory, 'creator'), 'utf8'));
  } catch {
    return false;
  }
}

/** The ids of the sessions that run; what killed commands and monitors have left is removed. */
export function liveExecSessions(store: Store, containerId: string): string[] {
  const directory = sessionsDirectory(store, containerId);
  let ids: string[] = [];
  try {
    ids = readdirSync(directory);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
  return ids.sort().filter((id) => {
    const known = session(directory, id);
    if (lockOwner(known.lockPath) !== null) return true;
    if (!creatorLives(known.directory)) removeExecSession(known);
    return false;
  });
}

/** Ends the sessions of a container that does not run any more, and whose processes nobody else has ended. */
export function endExecSessions(store: Store, containerId: string): void {
  for (const id of liveExecSessions(store, containerId)) {
    const monitor = lockOwner(session(sessionsDirectory(store, containerId), id).lockPath);
    if (monitor !== null) killFamily(monitor);
  }
}

/**
 * Removes what is left of a session whose monitor was killed; others clean up by themselves. Throws
 * BryoError `exec-running` or `no-such-session`.
 */
export function cleanUpExecSession(store: Store, containerId: string, id: string): void {
  const known = session(sessionsDirectory(store, containerId), id);
  if (!/^[0-9a-f]{64}$/.test(id) || !existsSync(known.directory)) {
    throw new BryoError('no-such-session', `no exec session with ID ${JSON.stringify(id)} found`);
  }
  if (lockOwner(known.lockPath) !== null || creatorLives(known.directory)) {
    throw new BryoError('exec-running', `cannot clean up exec session ${id}: it is running`);
  }
  removeExecSession(known);
}
