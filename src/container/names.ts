import { existsSync, readFileSync, rmSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { withMomentaryLock } from '../native/locks.ts';
import { claimFile, type Durability } from '../store/atomic-file.ts';
import { containerFile } from '../store/container-files.ts';
import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { within } from '../store/staging.ts';

/**
 * names/<name> holds the id of the container that has the name. It counts only while the record of that
 * container bears the name, too: of two records with one name the file tells whose it is, and a file
 * whose name no record bears is what a killed command has left.
 */
export type NameFile = { kind: 'owner'; id: string } | { kind: 'absent' } | { kind: 'damaged' };

export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function readNameFile(store: Store, name: string): NameFile {
  try {
    const id = readFileSync(storePaths.name(store, name), 'utf8').trim();
    return isContainerId(id) ? { kind: 'owner', id } : { kind: 'damaged' };
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'EISDIR' || code === 'EIO' || code === 'EACCES') return { kind: 'damaged' };
    throw error;
  }
}

/** The id that a name stands for, as its file says; null: none. */
export function nameOwner(store: Store, name: string): string | null {
  const file = readNameFile(store, name);
  return file.kind === 'owner' ? file.id : null;
}

/** The name of a container whose record is damaged, as far as its file tells. */
export function nameOf(store: Store, id: string): string | null {
  const names = listDirectory(storePaths.names(store));
  return names.find((name) => nameOwner(store, name) === id) ?? null;
}

/** Takes a name that is free; false when it is not. */
export function claimName(store: Store, name: string, id: string, durability: Durability) {
  return claimFile(storePaths.name(store, name), id, durability, within(store));
}

/** Runs an action while nobody takes a name that was left, or is renamed. */
export function withNamesLock<T>(store: Store, action: () => T): T {
  return withMomentaryLock(storePaths.namesLock(store), action);
}

/** Removes a name's file, or what damage has put in its place. */
export function dropName(store: Store, name: string): void {
  rmSync(storePaths.name(store, name), { recursive: true, force: true });
}

/** Gives a container's name back, if it is still its own. */
export function releaseName(store: Store, name: string, id: string): void {
  if (nameOwner(store, name) === id) dropName(store, name);
}

/**
 * In the directory of a container that has had its name, and that nobody has begun to remove. Those
 * that go with their process (`--rm`) do without.
 */
export function namedMark(store: Store, id: string): string {
  return containerFile(store, id, 'named');
}

export function hasNamedMark(store: Store, id: string): boolean {
  return existsSync(namedMark(store, id));
}

/** Gives a container back the name whose file has got lost; false when it is about to go, or never was. */
export function restoreName(store: Store, name: string, id: string): boolean {
  return hasNamedMark(store, id) && claimName(store, name, id, 'volatile');
}
