import type { ResolvedImage } from '../../image/resolve.ts';
import { isHolder } from '../../pod/records.ts';
import { removalOrder } from '../containers/dependants.ts';
import { type ContainerView, isBeingStarted, viewContainers } from '../containers/describe.ts';
import { removeContainer, sweepStore } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { pruneImages } from '../images/remove.ts';
import { prunePods } from '../pods/remove.ts';
import { pruneVolumes, type VolumeView } from '../volumes/volumes.ts';
import { diskUsage } from './disk-usage.ts';

export interface PruneRequest {
  /** Also images with names that no container uses. */
  all: boolean;
  volumes: boolean;
  /** Also pods that do not run. */
  pods: boolean;
  containerFits(views: ContainerView[]): Promise<ContainerView[]>;
  imageFits(image: ResolvedImage): boolean;
  volumeFits(volume: VolumeView): boolean;
}

/** Names and ids of what was removed, and how many bytes that gave back. */
export interface Pruned {
  pods: string[];
  containers: string[];
  volumes: string[];
  images: string[];
  reclaimed: number;
}

async function usedBytes(engine: Engine): Promise<number> {
  const { images, containers, volumes } = (await diskUsage(engine)).summary;
  return images.size + containers.size + volumes.size;
}

async function pruneContainers(engine: Engine, request: PruneRequest): Promise<string[]> {
  const fitting = await request.containerFits(viewContainers(engine.store));
  const idle = fitting
    .filter(({ state }) => state.status !== 'running' && state.status !== 'starting')
    .filter((view) => !isHolder(view.record) && !isBeingStarted(view));
  const removed: string[] = [];
  const ids = idle.map(({ record }) => record.id);
  for (const id of removalOrder(engine, ids)) {
    const options = { force: false, ignore: true, volumes: false };
    const gone = await removeContainer(engine, id, options);
    if (gone !== null) removed.push(gone);
  }
  return removed;
}

/** Removes pods and containers that do not run, and then the images and volumes that nobody uses any more. */
export async function pruneSystem(engine: Engine, request: PruneRequest): Promise<Pruned> {
  await sweepStore(engine);
  const before = await usedBytes(engine);
  const pods = request.pods ? await prunePods(engine, false) : [];
  const containers = await pruneContainers(engine, request);
  const volumes = request.volumes ? await pruneVolumes(engine, request.volumeFits) : [];
  const images = await pruneImages(
    engine,
    (image) => (request.all || image.names.length === 0) && request.imageFits(image),
  );
  return { pods, containers, volumes, images, reclaimed: before - (await usedBytes(engine)) };
}
