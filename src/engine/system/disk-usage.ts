import { statSync } from 'node:fs';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';
import { presentPartials } from '../../store/partials.ts';
import { storePaths } from '../../store/paths.ts';
import { treeUsages } from '../../store/worker.ts';
import { type ContainerView, viewContainers } from '../containers/describe.ts';
import type { Engine } from '../engine.ts';
import { imageSize, layerSizes } from '../images/size.ts';
import { listVolumes, type VolumeView } from '../volumes/volumes.ts';
import { buildCacheUsage } from './build-cache.ts';

/** Sizes are bytes of the image's files. */
export interface ImageUsage {
  image: ResolvedImage;
  size: number;
  /** Of its parts that other images have, too. */
  shared: number;
  /** How many containers were made of it. */
  containers: number;
}

export interface ContainerUsage {
  view: ContainerView;
  /** Of its own layer and files. */
  size: number;
}

export interface VolumeUsage {
  volume: VolumeView;
  size: number;
}

export interface KindUsage {
  total: number;
  active: number;
  size: number;
  /** Bytes that are not those of something active alone. */
  reclaimable: number;
}

export interface DiskUsage {
  images: ImageUsage[];
  containers: ContainerUsage[];
  volumes: VolumeUsage[];
  /** Sums, in which the parts that several images share count once. */
  summary: {
    images: KindUsage;
    containers: KindUsage;
    volumes: KindUsage;
    buildCache: KindUsage;
  };
}

function sum(list: readonly { size: number }[]): number {
  return list.reduce((total, { size }) => total + size, 0);
}

/** A layer of images. */
interface Part {
  size: number;
  images: number;
}

/** The sizes of layers are those of their files, as `bryo images` counts them. */
function imageUsage(engine: Engine, used: ReadonlyMap<string, number>) {
  const images = listImages(engine.store);
  const parts = new Map<string, Part>();
  for (const image of images) {
    const sizes = layerSizes(engine, image);
    // An image may have the same layer twice.
    const own = new Map(image.config.diffIds.map((diffId, at) => [diffId, sizes[at] ?? 0]));
    for (const [diffId, size] of own) {
      const part = parts.get(diffId) ?? { size, images: 0 };
      part.images += 1;
      parts.set(diffId, part);
    }
  }
  const list = images.map((image): ImageUsage => {
    const own = [...new Set(image.config.diffIds)].flatMap((diffId) => parts.get(diffId) ?? []);
    const shared = sum(own.filter((part) => part.images > 1));
    const containers = used.get(image.id) ?? 0;
    return { image, size: imageSize(engine, image), shared, containers };
  });
  // A download that was cut short belongs to no image yet.
  const begun = sum(presentPartials(engine.store));
  const size = sum([...parts.values()]) + begun;
  // podman and docker count as needed what images with containers have for themselves alone.
  const own = list.filter(({ image }) => used.has(image.id)).map((one) => one.size - one.shared);
  const kept = own.reduce((total, bytes) => total + bytes, 0);
  const summary: KindUsage = {
    total: images.length,
    active: images.filter(({ id }) => used.has(id)).length,
    size,
    reclaimable: size - kept,
  };
  return { list, summary };
}

/** The bytes in volumes: a directory with nothing in it is empty, whatever it takes itself. */
async function volumeUsages(engine: Engine, known: readonly VolumeView[]): Promise<VolumeUsage[]> {
  const usages = await treeUsages(
    known.map(({ mountpoint }) => mountpoint),
    engine.idMap(),
  );
  return known.map((volume, index) => {
    const { blocks = 0 } = statSync(volume.mountpoint, { throwIfNoEntry: false }) ?? {};
    return { volume, size: Math.max(0, (usages[index]?.bytes ?? 0) - blocks * 512) };
  });
}

/** The use of the disk by the store's images, containers and volumes. */
export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const { store } = engine;
  const idMap = engine.idMap();
  const views = viewContainers(store);
  const used = new Map<string, number>();
  for (const { record } of views) {
    if (record.rootfs.kind !== 'image') continue;
    used.set(record.rootfs.imageId, (used.get(record.rootfs.imageId) ?? 0) + 1);
  }
  const places = views.map(({ record }) => storePaths.container(store, record.id));
  const ofContainers = await treeUsages(places, idMap);
  const containers = views.map((view, index) => ({ view, size: ofContainers[index]?.bytes ?? 0 }));
  const volumes = await volumeUsages(engine, listVolumes(store));
  const images = imageUsage(engine, used);
  const stopped = containers.filter(({ view }) => view.state.status !== 'running');
  const unused = volumes.filter(({ volume }) => volume.users.length === 0);
  const cache = await buildCacheUsage(engine);
  return {
    images: images.list,
    containers,
    volumes,
    summary: {
      images: images.summary,
      containers: {
        total: containers.length,
        active: containers.length - stopped.length,
        size: sum(containers),
        reclaimable: sum(stopped),
      },
      volumes: {
        total: volumes.length,
        active: volumes.length - unused.length,
        size: sum(volumes),
        reclaimable: sum(unused),
      },
      buildCache: { ...cache, reclaimable: cache.size },
    },
  };
}
