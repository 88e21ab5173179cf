import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoCode } from '../base/errors.ts';
import { acquireLock } from '../native/locks.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { digestHex, parseDigest } from './digest.ts';

/** The right to fetch a blob, which one process at a time has. */
export interface DownloadClaim {
  /** The caller's own link to the blob in the staging directory, when another process fetched it. */
  staged: string | null;
  /** Ends the claim and tells those who wait where the blob is; null: it could not be fetched. */
  release(staged: string | null): void;
}

/** Milliseconds between two looks at another process's claim. */
const patience = 30;

function claimPath(store: Store, digest: string): string {
  return join(store.runroot, 'downloads', digestHex(parseDigest(digest)));
}

/** The file that the last holder left; it goes when its owner has entered its image or failed. */
function linkStaged(store: Store, path: string): string | null {
  const left = readFileSync(path, 'utf8');
  if (left === '') return null;
  const own = stagingPath(store);
  try {
    linkSync(left, own);
    return own;
  } catch (error) {
    // Gone into the store or given up; or it belongs to a store elsewhere.
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'EXDEV') return null;
    throw error;
  }
}

/**
 * Waits until no other process fetches the blob and takes its place. A holder never waits for
 * another claim, so that two pulls cannot wait for each other; a killed one loses it.
 */
export async function claimDownload(store: Store, digest: string): Promise<DownloadClaim> {
  const path = claimPath(store, digest);
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  let lock = acquireLock(path, 'exclusive', false);
  while (lock === null) {
    await sleep(patience);
    lock = acquireLock(path, 'exclusive', false);
  }
  const held = lock;
  return {
    staged: linkStaged(store, path),
    release(staged) {
      writeFileSync(path, staged ?? '', { mode: 0o600 });
      held.release();
    },
  };
}

/** Removes claims that nobody holds. Whoever waits for one finds the blob in the store. */
export function dropClaims(store: Store, digests: readonly string[]): void {
  for (const digest of digests) {
    const path = claimPath(store, digest);
    const lock = existsSync(path) ? acquireLock(path, 'exclusive', false) : null;
    if (lock === null) continue;
    rmSync(path, { force: true });
    lock.release();
  }
}
