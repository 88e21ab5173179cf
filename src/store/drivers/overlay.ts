import { release } from 'node:os';
import { join } from 'node:path';
import { BryoError, exitCodes } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { randomHex } from '../../base/random.ts';
import { ownIdentity } from '../../native/processes.ts';
import { findProgram } from '../../native/programs.ts';
import { runInUserns } from '../../native/userns.ts';
import { fileIn } from '../container-files.ts';
import { rootMode } from '../layers.ts';
import type { Store } from '../paths.ts';
import { makeContentDirectory } from '../store-dirs.ts';
import { removeTrees, workerMessage } from '../worker.ts';
import type { ContainerPlace, OwnLayer, StorageDriver } from './driver.ts';

function kernelAtLeast(major: number, minor: number): boolean {
  const [a = 0, b = 0] = release().split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

/** fsconfig(2) takes single lower layers ("lowerdir+") since 6.7. */
export function needsLegacyMount(): boolean {
  return !kernelAtLeast(6, 7);
}

/** The layer that an overlay filesystem writes to is what the container changed. */
export async function upperLayer(_store: Store, { directory }: ContainerPlace): Promise<OwnLayer> {
  return { path: fileIn(directory, 'upper'), release: async () => undefined };
}

/** Makes the writable layer's directories. The root of an overlay looks as its upper directory does. */
export function makeUpper({ directory, layers }: ContainerPlace, idMap: IdMap): void {
  makeContentDirectory(idMap, fileIn(directory, 'upper'), rootMode(layers));
  makeContentDirectory(idMap, fileIn(directory, 'work'), 0o700);
  makeContentDirectory(idMap, fileIn(directory, 'merged'), 0o700);
}

async function tryMount(directory: string, idMap: IdMap): Promise<string | null> {
  const mount = findProgram('mount');
  if (mount === null) return 'mount(8) is not installed';
  const scratch = join(directory, `${ownIdentity()}.${randomHex(4)}`);
  makeContentDirectory(idMap, scratch, 0o700);
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(scratch, name),
  );
  for (const path of [lower, upper, work, merged]) makeContentDirectory(idMap, path ?? '', 0o755);
  const options = `userxattr,lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  const argv = [mount, '-t', 'overlay', 'overlay', '-o', options, merged ?? ''];
  try {
    const result = await runInUserns({ argv, idMap });
    // Not what the kernel makes of the mount: no process could be started, or no namespace made.
    if (result.exitCode >= exitCodes.engine) {
      throw new BryoError('storage-failed', workerMessage(result.stderr));
    }
    return result.exitCode === 0 ? null : 'the kernel refuses overlay mounts in a user namespace';
  } finally {
    await removeTrees([scratch], idMap);
  }
}

/**
 * The kernel's overlayfs, mounted inside the user namespace with `userxattr` (kernel 5.11,
 * Documentation/filesystems/overlayfs.rst).
 */
export const overlayDriver: StorageDriver = {
  name: 'overlay',
  async probe(directory, idMap) {
    if (!kernelAtLeast(5, 11)) return `kernel ${release()} is older than 5.11`;
    return tryMount(directory, idMap);
  },
  async prepare(place, idMap) {
    makeUpper(place, idMap);
  },
  rootfs({ place, disposable }) {
    return {
      kind: 'overlay',
      lowers: place.layers,
      upper: fileIn(place.directory, 'upper'),
      work: fileIn(place.directory, 'work'),
      volatile: disposable,
      legacyMount: needsLegacyMount(),
    };
  },
  ownLayer: upperLayer,
};

/**
 * Lets the files of a disposable container be mounted once more. The kernel refuses what was mounted
 * without syncing, for a crash may have come in between; whoever calls this knows that none has.
 */
export async function clearVolatileMark(directory: string, idMap: IdMap): Promise<void> {
  await removeTrees([join(fileIn(directory, 'work'), 'work', 'incompat')], idMap);
}
