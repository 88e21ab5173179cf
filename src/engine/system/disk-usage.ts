import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { blobPath } from '../../image/layout.ts';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';
import { layerDiff } from '../../store/layers.ts';
import { presentPartials } from '../../store/partials.ts';
import { storePaths } from '../../store/paths.ts';
import { treeUsages } from '../../store/worker.ts';
import { type ContainerView, viewContainers } from '../containers/describe.ts';
import type { Engine } from '../engine.ts';
import { listVolumes, type VolumeView } from '../volumes/volumes.ts';

/** Sizes are bytes on the disk. */
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
  /** Bytes that would be free if all that is not active went. */
  reclaimable: number;
}

export interface DiskUsage {
  images: ImageUsage[];
  containers: ContainerUsage[];
  volumes: VolumeUsage[];
  /** Sums, in which the parts that several images share count once. */
  summary: { images: KindUsage; containers: KindUsage; volumes: KindUsage };
}

function sum(list: readonly { size: number }[]): number {
  return list.reduce((total, { size }) => total + size, 0);
}

/** A file or tree on the disk that images are made of: a blob, or an unpacked layer. */
interface Part {
  size: number;
  images: number;
  active: boolean;
}

function blobBytes({ store }: Engine, digest: string): number {
  const { blocks = 0 } = statSync(blobPath(store, digest), { throwIfNoEntry: false }) ?? {};
  return blocks * 512;
}

/** The sizes of the parts of these images, by the paths of layers and the digests of blobs. */
async function measureParts(
  engine: Engine,
  images: readonly ResolvedImage[],
): Promise<Map<string, number>> {
  const idMap = engine.idMap();
  const layers = [...new Set(images.flatMap(({ config }) => config.diffIds as string[]))];
  const paths = layers.map((diffId) => dirname(layerDiff(engine.store, idMap, diffId)));
  const usages = await treeUsages(paths, idMap);
  const sizes = new Map(layers.map((diffId, index) => [diffId, usages[index]?.bytes ?? 0]));
  for (const { manifest, manifestDigest } of images) {
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      // A layer that is stored as it is has one digest for both.
      sizes.set(`blob ${digest}`, blobBytes(engine, digest));
    }
    sizes.set(`blob ${manifestDigest}`, blobBytes(engine, manifestDigest));
  }
  return sizes;
}

function partsOf({ manifest, manifestDigest, config }: ResolvedImage): Set<string> {
  const blobs = [manifestDigest, ...[manifest.config, ...manifest.layers].map((b) => b.digest)];
  return new Set([...blobs.map((digest) => `blob ${digest}`), ...config.diffIds]);
}

async function imageUsage(engine: Engine, used: ReadonlyMap<string, number>) {
  const images = listImages(engine.store);
  const sizes = await measureParts(engine, images);
  const parts = new Map<string, Part>();
  for (const image of images) {
    for (const key of partsOf(image)) {
      const part = parts.get(key) ?? { size: sizes.get(key) ?? 0, images: 0, active: false };
      part.images += 1;
      part.active ||= used.has(image.id);
      parts.set(key, part);
    }
  }
  const list = images.map((image): ImageUsage => {
    const own = [...partsOf(image)].flatMap((key) => parts.get(key) ?? []);
    const shared = sum(own.filter((part) => part.images > 1));
    return { image, size: sum(own), shared, containers: used.get(image.id) ?? 0 };
  });
  // A download that was cut short belongs to no image yet.
  const begun = presentPartials(engine.store).map(({ size }) => ({ size, active: false }));
  const all = [...parts.values(), ...begun];
  const summary: KindUsage = {
    total: images.length,
    active: images.filter(({ id }) => used.has(id)).length,
    size: sum(all),
    reclaimable: sum(all.filter(({ active }) => !active)),
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
  const images = await imageUsage(engine, used);
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
