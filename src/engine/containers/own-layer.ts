import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { driverByName } from '../../store/drivers/choose.ts';
import type { ContainerPlace } from '../../store/drivers/driver.ts';
import { layerStack, readLayerInfo } from '../../store/layers.ts';
import { storePaths } from '../../store/paths.ts';
import { treeUsages } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';

/** Where a container of an image has its files. Throws BryoError `no-image` for a --rootfs. */
export function containerPlace(engine: Engine, record: ContainerRecord): ContainerPlace {
  const { id, rootfs, name } = record;
  if (rootfs.kind !== 'image') {
    throw new BryoError('no-image', `container ${name} has no image: it runs a --rootfs`);
  }
  return {
    directory: storePaths.container(engine.store, id),
    layers: layerStack(engine.store, engine.idMap(), rootfs.layers),
  };
}

/** Does something with what a container changed, as a layer in overlay's format. */
export async function withOwnLayer<T>(
  engine: Engine,
  record: ContainerRecord,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const place = containerPlace(engine, record);
  const { rootfs } = record;
  const driver = driverByName(rootfs.kind === 'image' ? rootfs.driver : '');
  const layer = await driver.ownLayer(engine.store, place, engine.idMap());
  try {
    return await use(layer.path);
  } finally {
    await layer.release();
  }
}

/** Sizes of a container in bytes, as `podman ps --size` has them. */
export interface ContainerSize {
  /** Of the files that it wrote. */
  rw: number;
  /** Of all its files, those of its image among them. */
  rootFs: number;
}

/** The sizes of a container's files. Where they are a directory's (--rootfs) nobody knows which it wrote. */
export async function containerSize(
  engine: Engine,
  record: ContainerRecord,
): Promise<ContainerSize> {
  const { rootfs } = record;
  const idMap = engine.idMap();
  if (rootfs.kind !== 'image') {
    const paths = rootfs.kind === 'directory' ? [rootfs.path] : [];
    const size = (await treeUsages(paths, idMap))[0]?.size ?? 0;
    return { rw: size, rootFs: size };
  }
  const [own] = await withOwnLayer(engine, record, (path) => treeUsages([path], idMap));
  const rw = own?.size ?? 0;
  const image = rootfs.layers.reduce(
    (sum, diffId) => sum + (readLayerInfo(engine.store, idMap, diffId)?.bytes ?? 0),
    0,
  );
  return { rw, rootFs: image + rw };
}
