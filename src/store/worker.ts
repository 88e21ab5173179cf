import { rmSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { libexecPath } from '../native/locate.ts';
import { runInUserns } from '../native/userns.ts';

/** The last line of a worker's messages, without its own name. */
export function workerMessage(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line.replace(/^bryo-worker: /, '') || 'the storage worker was killed';
}

async function runWorker(args: string[], idMap: IdMap): Promise<string> {
  const argv = [libexecPath('bryo-worker'), ...args];
  const result = await runInUserns({ argv, idMap });
  if (result.exitCode !== 0) {
    throw new BryoError('storage-failed', workerMessage(result.stderr));
  }
  return result.stdout;
}

/** Whether a tree could be removed without entering the user namespace. */
function removedDirectly(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** Removes trees that hold files of mapped ids. Missing ones are fine. */
export async function removeTrees(paths: readonly string[], idMap: IdMap): Promise<void> {
  const left = paths.filter((path) => !removedDirectly(path));
  if (left.length > 0) await runWorker(['remove', ...left], idMap);
}

/** Space and inodes that a tree takes on the disk; hard links count once. */
export async function treeUsage(
  path: string,
  idMap: IdMap,
): Promise<{ bytes: number; inodes: number }> {
  return JSON.parse(await runWorker(['usage', path], idMap)) as { bytes: number; inodes: number };
}

/** Copies layers (lowest first) into one directory, applying their whiteouts. */
export async function mergeLayers(
  layers: readonly string[],
  destination: string,
  idMap: IdMap,
): Promise<void> {
  await runWorker(['merge', '--dest', destination, ...layers], idMap);
}
