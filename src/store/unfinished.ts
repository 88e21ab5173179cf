import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode, isDiskFull } from '../base/errors.ts';
import { isAlive, ownIdentity } from '../native/processes.ts';
import { type Store, storePaths } from './paths.ts';

let counter = 0;

function leaveNote(note: string): void {
  try {
    closeSync(openSync(note, 'wx', 0o600));
  } catch (error) {
    // A removal goes on without, and makes room; whatever writes fails soon enough.
    if (!isDiskFull(error)) throw error;
  }
}

/**
 * Says that what is about to happen can leave blobs or layers that no image needs. Resolves with the
 * action's result; when it fails or is killed the note stays, and the next command tidies up.
 */
export async function notingUnfinished<T>(store: Store, action: () => Promise<T>): Promise<T> {
  const directory = storePaths.unfinished(store);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  counter += 1;
  const note = join(directory, `${ownIdentity()}.${counter}`);
  leaveNote(note);
  const result = await action();
  rmSync(note, { force: true });
  return result;
}

/** Notes of actions that failed or were killed. */
export function unfinishedNotes(store: Store): string[] {
  const directory = storePaths.unfinished(store);
  try {
    return readdirSync(directory)
      .filter((entry) => !isAlive(entry.slice(0, entry.lastIndexOf('.'))))
      .map((entry) => join(directory, entry));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}
