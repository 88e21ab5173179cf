import { chmodSync, closeSync, openSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { parseDigest } from '../image/digest.ts';
import { adoptBlob, hasWholeBlob } from '../image/layout.ts';
import { layerCompression, mediaTypes } from '../image/media-types.ts';
import { driverByName } from '../store/drivers/choose.ts';
import { publishLayer } from '../store/layer-unpack.ts';
import { type PackedLayer, type PackTimes, packInto } from '../store/pack.ts';
import { stagingPath } from '../store/staging.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { readPlain } from '../store/worker.ts';
import type { BuiltLayer } from './config-document.ts';
import type { ScratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/**
 * Puts the blob into the store. It is on the disk for certain once an image names it (`commitImage`); until then
 * what remembers it says in which boot that was.
 */
function keepBlob(work: Workspace, { digest, size }: PackedLayer, path: string): void {
  const { store } = work.engine;
  work.blobs.shareSoon(digest);
  if (hasWholeBlob(store, { digest: parseDigest(digest), size })) return;
  adoptBlob(store, digest, path);
}

/** Moves a directory, for which it must be writable: who moves it changes its `..`. */
function move(from: string, to: string): void {
  const mode = statSync(from).mode & 0o7777;
  const writable = mode | 0o200;
  if (writable !== mode) chmodSync(from, writable);
  renameSync(from, to);
  if (writable !== mode) chmodSync(to, mode);
}

/**
 * Takes over the very tree that the container wrote: it is in overlay's format already. False: it belongs to another
 * user, and cannot be moved.
 */
async function takeTree(work: Workspace, packed: PackedLayer, tree: string): Promise<boolean> {
  const { engine } = work;
  const staging = stagingPath(engine.store);
  makeStoreDirectory(engine.store, staging);
  try {
    move(tree, join(staging, 'diff'));
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(errnoCode(error) ?? '')) throw error;
    return false;
  }
  const { diffId, tarSize: size, bytes, digest } = packed;
  await publishLayer(engine.store, engine.idMap(), staging, {
    diffId,
    size,
    bytes,
    blobs: [digest],
  });
  return true;
}

/** Unpacks what was written, where that is not just what the container's tree holds. */
async function unpackAgain(work: Workspace, packed: PackedLayer, path: string): Promise<void> {
  const writer = work.layers.begin();
  try {
    for await (const chunk of readPlain(path)) await writer.write(chunk);
    await writer.end(packed.diffId);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  work.layers.remember(packed.diffId, packed.digest);
}

/** Makes a layer of the tree in overlay's format; `own`: it may be taken away. */
export async function layerOfTree(
  work: Workspace,
  tree: string,
  { times, own }: { times: PackTimes; own: boolean },
): Promise<BuiltLayer> {
  const { engine } = work;
  const idMap = engine.idMap();
  const path = work.freePath();
  const fd = openSync(path, 'wx', 0o600);
  try {
    let packed: PackedLayer;
    try {
      packed = await packInto(tree, fd, times, idMap);
    } finally {
      closeSync(fd);
    }
    const { diffId, digest, size, skipped } = packed;
    if (!work.layers.isOf(diffId, digest)) {
      const asWritten = own && skipped === 0 && times.all === null && times.newest === null;
      const taken = asWritten && (await takeTree(work, packed, tree));
      if (!taken) await unpackAgain(work, packed, path);
    }
    keepBlob(work, packed, path);
    return { diffId, digest, size, mediaType: mediaTypes.ociLayerGzip };
  } finally {
    await rm(path, { force: true });
  }
}

/** Makes a layer of what a container has written, which nothing uses any more. */
export async function layerOf(
  work: Workspace,
  { record, place }: ScratchContainer,
  times: PackTimes,
): Promise<BuiltLayer> {
  const { engine } = work;
  const name = record.rootfs.kind === 'image' ? record.rootfs.driver : '';
  const driver = driverByName(name);
  const layer = await driver.ownLayer(engine.store, place, engine.idMap());
  try {
    return await layerOfTree(work, layer.path, { times, own: driver.name === 'overlay' });
  } finally {
    await layer.release();
  }
}

/** The name of a layer's type in an image of a format. */
export function layerType(mediaType: string, format: 'oci' | 'docker'): string {
  const compression = layerCompression(mediaType);
  if (format === 'oci') {
    if (compression === 'none') return mediaTypes.ociLayer;
    return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
  }
  return compression === 'none' ? mediaTypes.dockerLayer : mediaTypes.dockerLayerGzip;
}
