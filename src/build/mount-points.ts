import { posix } from 'node:path';
import { fileIn } from '../store/container-files.ts';
import { driverByName } from '../store/drivers/choose.ts';
import { removeEmptyPlaces } from '../store/worker.ts';
import type { ScratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/** What bryo itself mounts into every container. */
const ownTargets = ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname', '/run/.containerenv'];

/**
 * Takes the files and directories away that were only made to mount something on: those that are empty, that the
 * layers below do not have, and that lie in what the command has written. No link is followed.
 */
export async function withoutMountPoints(
  work: Workspace,
  { record, place }: ScratchContainer,
  targets: readonly string[],
): Promise<void> {
  const name = record.rootfs.kind === 'image' ? record.rootfs.driver : '';
  // The others keep no layer of its own whose entries could go.
  if (driverByName(name).name !== 'overlay') return;
  const paths = [...targets, ...ownTargets].map((target) => posix.normalize(target).slice(1));
  const upper = fileIn(place.directory, 'upper');
  await removeEmptyPlaces({ upper, layers: place.layers, paths }, work.engine.idMap());
}
