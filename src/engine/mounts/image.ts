import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findImage, listImages, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import { fileIn } from '../../store/container-files.ts';
import { chooseDriver } from '../../store/drivers/choose.ts';
import { checkLayerPath, fuseProgram } from '../../store/drivers/fuse-overlayfs.ts';
import { needsLegacyMount } from '../../store/drivers/overlay.ts';
import { type HeldSource, heldMount, holdMount, releaseMount } from '../../store/held-mount.ts';
import { layerStack } from '../../store/layers.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { storePaths } from '../../store/paths.ts';
import { makeContentDirectory, makeStoreDirectory } from '../../store/store-dirs.ts';
import { mergeLayers, removeTrees } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { ensureLayers } from '../images/layers.ts';
import { inForeground, lowerOptions } from './overlay-source.ts';
import { canMount, requireMounting } from './session.ts';

/** An image whose files are mounted for the caller, to be read only. */
export interface MountedImage {
  image: ResolvedImage;
  path: string;
}

function places(engine: Engine, id: string) {
  const directory = storePaths.imageMount(engine.store, id);
  return { directory, count: fileIn(directory, 'mountCount'), target: fileIn(directory, 'merged') };
}

function makePlaces(engine: Engine, id: string): void {
  const { directory, target } = places(engine, id);
  makeStoreDirectory(engine.store, storePaths.imageMounts(engine.store));
  makeStoreDirectory(engine.store, directory);
  for (const path of [target, join(directory, 'empty')]) {
    if (!existsSync(path)) makeContentDirectory(engine.idMap(), path, 0o755);
  }
}

function source(engine: Engine, driver: string, id: string, layers: readonly string[]): HeldSource {
  const { directory, target } = places(engine, id);
  // An overlay needs two layers, and takes no more than an image may have.
  const lowers = layers.length > 1 ? layers : [...layers, join(directory, 'empty')];
  if (driver === 'overlay') {
    const legacy = needsLegacyMount();
    return { kind: 'overlay', legacy, options: lowerOptions(lowers, legacy) };
  }
  const option = `lowerdir=${lowers.map(checkLayerPath).join(':')}`;
  const argv = [fuseProgram(engine.mountProgram), '-o', option, target];
  return { kind: 'fuse', argv: inForeground(argv) };
}

/** Mounts an image's files and says where. Throws BryoError `mount-failed`, `no-such-image`. */
export async function mountImage(engine: Engine, name: string): Promise<MountedImage> {
  const image = resolveImage(engine.store, name);
  const { id, config } = image;
  const idMap = engine.idMap();
  const driver = await chooseDriver(engine.store, engine.storageDriver, idMap);
  if (driver.name !== 'vfs') requireMounting('image mount');
  await ensureLayers(engine, image);
  const layers = layerStack(engine.store, idMap, config.diffIds);
  makePlaces(engine, id);
  const { count, target } = places(engine, id);
  if (driver.name === 'vfs' && heldMount(count) === null) {
    await removeTrees([target], idMap);
    makeContentDirectory(idMap, target, 0o755);
    await mergeLayers([...layers].reverse(), target, idMap);
  }
  await holdMount({
    path: count,
    target,
    name: `image ${name}`,
    source: () =>
      driver.name === 'vfs' ? { kind: 'none' } : source(engine, driver.name, id, layers),
  });
  recordImageEvent(engine, 'mount', id, name);
  return { image, path: target };
}

/** The images that are mounted where this command can see them. */
export function mountedImages(engine: Engine): MountedImage[] {
  if (!canMount() && engine.storageDriver !== 'vfs') requireMounting('image mount');
  return listImages(engine.store).flatMap((image) => {
    const { count, target } = places(engine, image.id);
    const held = heldMount(count);
    return held === null || held.elsewhere ? [] : [{ image, path: target }];
  });
}

/** Ids of the images that are mounted anywhere. */
export function anywhereMountedImages(engine: Engine): string[] {
  return listDirectory(storePaths.imageMounts(engine.store)).filter(
    (id) => heldMount(places(engine, id).count) !== null,
  );
}

/** Takes all uses of all images back. */
export async function releaseImageMounts(engine: Engine): Promise<void> {
  for (const id of anywhereMountedImages(engine))
    await releaseMount(places(engine, id).count, true);
}

/** Takes one use back, or all of them. Returns the id of what was mounted, else null. */
export async function unmountImage(
  engine: Engine,
  name: string,
  force: boolean,
): Promise<string | null> {
  const { id } = resolveImage(engine.store, name);
  const { count, directory } = places(engine, id);
  if (!(await releaseMount(count, force))) return null;
  recordImageEvent(engine, 'unmount', id, name);
  if (heldMount(count) === null) await removeTrees([directory], engine.idMap());
  return id;
}

/** Removes the remains of mounts of an image that has been removed. */
export async function removeImageMounts(engine: Engine, id: string): Promise<void> {
  const { count, directory } = places(engine, id);
  if (!existsSync(directory) || findImage(engine.store, id) !== null) return;
  await releaseMount(count, true);
  await removeTrees([directory], engine.idMap());
}
