import { accessSync, constants } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { IdMapping } from '../../base/id-map.ts';
import { findProgram } from '../../native/programs.ts';
import { fileIn } from '../container-files.ts';
import { overlayMarks } from '../worker.ts';
import type { DriverRootfs, RootfsRequest, StorageDriver } from './driver.ts';
import { makeUpper } from './overlay.ts';
import { stagedLayer } from './staged-layer.ts';

/** Mount options are a comma-separated list, layers a colon-separated one; neither can be escaped. */
export function checkLayerPath(path: string): string {
  if (/[,:\\]/.test(path)) {
    throw new BryoError('bad-root', `fuse-overlayfs cannot use the path ${JSON.stringify(path)}`, {
      hint: 'choose a --root without ",", ":" and "\\"',
    });
  }
  return path;
}

/** The program to run. Throws BryoError `no-fuse-overlayfs`. */
export function fuseProgram(requested: string | null): string {
  const program = requested ?? findProgram('fuse-overlayfs');
  if (program !== null) return program;
  throw new BryoError('no-fuse-overlayfs', 'fuse-overlayfs is not installed', {
    hint: 'apt install fuse-overlayfs',
  });
}

/** fuse-overlayfs(1) uidmapping: an id on the disk, the id that it shows up as, how many. */
function mappingOption(name: string, mappings: readonly IdMapping[]): string {
  return `${name}=${mappings.map((m) => `${m.containerId}:${m.hostId}:${m.size}`).join(':')}`;
}

/** The typed wrapper: argv of fuse-overlayfs for a container's root. */
export function fuseOverlayfsRootfs(request: RootfsRequest): DriverRootfs {
  const { place, inner } = request;
  const program = fuseProgram(request.program);
  const mountpoint = fileIn(place.directory, 'merged');
  const options = [
    `lowerdir=${place.layers.map(checkLayerPath).join(':')}`,
    `upperdir=${checkLayerPath(fileIn(place.directory, 'upper'))}`,
    `workdir=${fileIn(place.directory, 'work')}`,
  ];
  if (inner !== null) {
    options.push(mappingOption('uidmapping', inner.uids), mappingOption('gidmapping', inner.gids));
  }
  return {
    kind: 'fuse-overlayfs',
    argv: [program, '-o', options.join(','), mountpoint],
    mountpoint,
  };
}

/** fuse-overlayfs(1): overlay in user space, for kernels or filesystems that refuse the native one. */
export const fuseOverlayfsDriver: StorageDriver = {
  name: 'fuse-overlayfs',
  async probe() {
    if (findProgram('fuse-overlayfs') === null) return 'fuse-overlayfs is not installed';
    try {
      accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    } catch {
      return '/dev/fuse is missing or not accessible';
    }
    return null;
  },
  async prepare(place, idMap) {
    makeUpper(place, idMap);
  },
  rootfs: fuseOverlayfsRootfs,
  ownLayer(store, { directory, layers }, idMap) {
    const upper = fileIn(directory, 'upper');
    return stagedLayer(store, idMap, (destination) =>
      overlayMarks({ upper, layers, destination }, idMap),
    );
  },
};
