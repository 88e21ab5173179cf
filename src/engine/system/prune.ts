import type { ResolvedImage } from '../../image/resolve.ts';
import type { Network } from '../../network/config/network.ts';
import type { ContainerView } from '../containers/describe.ts';
import { idleContainers, pruneContainer } from '../containers/prune.ts';
import { sweepStore } from '../containers/sweep.ts';
import type { Engine } from '../engine.ts';
import { pruneImages } from '../images/prune.ts';
import { sweepNetworks } from '../networks/leftovers.ts';
import { pruneNetworks } from '../networks/networks.ts';
import { prunePods } from '../pods/remove.ts';
import { pruneVolumes, type VolumeView } from '../volumes/volumes.ts';
import { pruneBuildCache } from './build-cache.ts';
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
  networkFits(network: Network): boolean;
}

/** Names and ids of what was removed, and how many bytes that gave back. */
export interface Pruned {
  pods: string[];
  containers: string[];
  volumes: string[];
  images: string[];
  networks: string[];
  reclaimed: number;
}

async function usedBytes(engine: Engine): Promise<number> {
  const { images, containers, volumes } = (await diskUsage(engine)).summary;
  return images.size + containers.size + volumes.size;
}

async function pruneContainers(engine: Engine, request: PruneRequest): Promise<string[]> {
  const removed: string[] = [];
  for (const id of await idleContainers(engine, request.containerFits)) {
    const gone = await pruneContainer(engine, id);
    if (gone !== null) removed.push(gone);
  }
  return removed;
}

/** Removes pods and containers that do not run, and then the images, volumes and networks that nobody uses any more. */
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
  const networks = await pruneNetworks(engine, request.networkFits);
  sweepNetworks(engine);
  const cache = await pruneBuildCache(engine, { all: request.all, mounts: request.all });
  const reclaimed = before - (await usedBytes(engine)) + cache;
  return { pods, containers, volumes, images, networks, reclaimed };
}
