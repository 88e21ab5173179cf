import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listImages, type ResolvedImage } from '../image/resolve.ts';
import { storePaths } from '../store/paths.ts';
import { treeUsage } from '../store/worker.ts';
import { type ContainerView, viewContainers } from './describe.ts';
import type { Engine } from './engine.ts';
import { layerSizes } from './image-size.ts';
import { listVolumes, type VolumeView } from './volumes.ts';

/** Sizes are in bytes. */
export interface ImageUsage {
  image: ResolvedImage;
  size: number;
  /** Of its layers that other images have, too. */
  shared: number;
  /** Ids of containers that were made of it. */
  containers: number;
}

export interface ContainerUsage {
  view: ContainerView;
  /** Of its own layer. */
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
  /** What would be free if all that is not active went. */
  reclaimable: number;
}

export interface DiskUsage {
  images: ImageUsage[];
  containers: ContainerUsage[];
  volumes: VolumeUsage[];
  /** Layers count once, however many images have them. */
  summary: { images: KindUsage; containers: KindUsage; volumes: KindUsage };
}

async function sizeOf(engine: Engine, path: string): Promise<number> {
  return existsSync(path) ? (await treeUsage(path, engine.idMap())).bytes : 0;
}

function sum(list: readonly { size: number }[]): number {
  return list.reduce((total, { size }) => total + size, 0);
}

interface LayerUse {
  size: number;
  images: number;
  active: boolean;
}

function imageUsage(engine: Engine, used: ReadonlyMap<string, number>) {
  const layers = new Map<string, LayerUse>();
  const images = listImages(engine.store);
  const sizes = images.map((image) => layerSizes(engine, image));
  for (const [index, image] of images.entries()) {
    for (const diffId of new Set(image.config.diffIds)) {
      const size = sizes[index]?.[image.config.diffIds.indexOf(diffId)] ?? 0;
      const layer = layers.get(diffId) ?? { size, images: 0, active: false };
      layer.images += 1;
      layer.active ||= used.has(image.id);
      layers.set(diffId, layer);
    }
  }
  const list = images.map((image, index): ImageUsage => {
    const own = image.config.diffIds;
    const shared = own.reduce((total, diffId, at) => {
      const others = (layers.get(diffId)?.images ?? 0) > 1;
      return others ? total + (sizes[index]?.[at] ?? 0) : total;
    }, 0);
    const size = (sizes[index] ?? []).reduce((total, bytes) => total + bytes, 0);
    return { image, size, shared, containers: used.get(image.id) ?? 0 };
  });
  const all = [...layers.values()];
  const summary: KindUsage = {
    total: images.length,
    active: images.filter(({ id }) => used.has(id)).length,
    size: sum(all),
    reclaimable: sum(all.filter(({ active }) => !active)),
  };
  return { list, summary };
}

/** What the store's images, containers and volumes take on the disk. */
export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const { store } = engine;
  const views = viewContainers(store);
  const used = new Map<string, number>();
  const containers: ContainerUsage[] = [];
  for (const view of views) {
    const { rootfs, id } = view.record;
    if (rootfs.kind === 'image') used.set(rootfs.imageId, (used.get(rootfs.imageId) ?? 0) + 1);
    const size = await sizeOf(engine, join(storePaths.container(store, id), 'upper'));
    containers.push({ view, size });
  }
  const volumes: VolumeUsage[] = [];
  for (const volume of listVolumes(store)) {
    volumes.push({ volume, size: await sizeOf(engine, volume.mountpoint) });
  }
  const images = imageUsage(engine, used);
  const stopped = containers.filter(({ view }) => view.state.status !== 'running');
  const unused = volumes.filter(({ volume }) => volume.users.length === 0);
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
    },
  };
}
