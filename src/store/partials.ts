import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openLeases } from './leases.ts';
import { listDirectory } from './list-directory.ts';
import { type Store, storePaths } from './paths.ts';
import { makeStoreDirectory } from './store-dirs.ts';

/** Milliseconds after which nobody is expected to go on with a download any more. */
export const partialLifetime = 24 * 60 * 60 * 1000;

/**
 * The file that a blob is downloaded into; its directory is made. It outlives a command that is killed:
 * the next one that wants the blob goes on with it. Whoever writes it holds the blob's lease alone.
 */
export function partialPath(store: Store, digest: string): string {
  makeStoreDirectory(store, storePaths.partials(store));
  return join(storePaths.partials(store), digest.replace(':', '-'));
}

/** The beginning of a blob that an earlier command has got. */
export interface Partial {
  digest: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since something was written to it. */
  age: number;
}

/** All of them, also those that are just being written. */
export function presentPartials(store: Store): Partial[] {
  const directory = storePaths.partials(store);
  return listDirectory(directory).flatMap((name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    if (found === undefined) return [];
    const { size, mtimeMs } = found;
    return [{ digest: name.replace('-', ':'), size, age: Date.now() - mtimeMs }];
  });
}

/** Removes those that were last written to a day ago; with `all` whatever nobody writes to now. */
export function sweepPartials(store: Store, all = false): void {
  const old = presentPartials(store).filter(({ age }) => all || age > partialLifetime);
  if (old.length === 0) return;
  const leases = openLeases(storePaths.blobLeases(store));
  try {
    for (const { digest } of old) {
      if (leases.hold(digest)) rmSync(partialPath(store, digest), { force: true });
    }
  } finally {
    leases.close();
  }
}
