import { chmodSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { fileIn } from '../container-files.ts';
import { rootMode } from '../layers.ts';
import { makeContentDirectory } from '../store-dirs.ts';
import { mergeLayers, treeDelta } from '../worker.ts';
import type { StorageDriver } from './driver.ts';
import { stagedLayer } from './staged-layer.ts';

/** A full copy of the layers per container (sharing blocks where the filesystem can). */
export const vfsDriver: StorageDriver = {
  name: 'vfs',
  async probe() {
    return null;
  },
  async prepare(place, idMap) {
    const root = fileIn(place.directory, 'upper');
    makeContentDirectory(idMap, root, 0o755);
    makeContentDirectory(idMap, fileIn(place.directory, 'merged'), 0o700);
    await mergeLayers([...place.layers].reverse(), root, idMap);
    chmodSync(root, rootMode(place.layers));
  },
  rootfs({ place, inner }) {
    if (inner !== null) {
      throw new BryoError('bad-userns', 'the vfs storage driver cannot shift ids for --userns', {
        hint: 'use --storage-driver overlay or fuse-overlayfs',
      });
    }
    return { kind: 'directory', path: fileIn(place.directory, 'upper') };
  },
  ownLayer(store, { directory, layers }, idMap) {
    const tree = fileIn(directory, 'upper');
    return stagedLayer(store, idMap, (destination) =>
      treeDelta({ tree, layers, destination }, idMap),
    );
  },
};
