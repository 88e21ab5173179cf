import { chmodSync, closeSync, createReadStream, openSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { parseDigest } from '../image/digest.ts';
import { hasLayerContent } from '../image/layer-source.ts';
import { adoptBlob } from '../image/layout.ts';
import { layerCompression, mediaTypes } from '../image/media-types.ts';
import { driverByName } from '../store/drivers/choose.ts';
import { publishLayer } from '../store/layer-unpack.ts';
import { layerDiff, readLayerInfo } from '../store/layers.ts';
import { ownTimes, type PackedLayer, type PackTimes, packInto } from '../store/pack.ts';
import { stagingPath } from '../store/staging.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import type { BuiltLayer } from './config-document.ts';
import type { ScratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/** Moves a directory, for which it must be writable: who moves it changes its `..`. */
function move(from: string, to: string): void {
  const mode = statSync(from).mode & 0o7777;
  const writable = mode | 0o200;
  if (writable !== mode) chmodSync(from, writable);
  renameSync(from, to);
  if (writable !== mode) chmodSync(to, mode);
}

/**
 * Takes over the very tree that the container wrote: it is in overlay's format already, and the layer's tar is made
 * of it again when somebody wants that. False: it belongs to another user, and cannot be moved.
 */
async function takeTree(work: Workspace, packed: PackedLayer, tree: string): Promise<boolean> {
  const { engine } = work;
  const staging = stagingPath(engine.store);
  makeStoreDirectory(engine.store, staging);
  try {
    move(tree, join(staging, 'diff'));
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!['EACCES', 'EPERM'].includes(errnoCode(error) ?? '')) throw error;
    return false;
  }
  const { diffId, tarSize: size, bytes } = packed;
  await publishLayer(engine.store, engine.idMap(), staging, {
    diffId,
    size,
    bytes,
    blobs: [diffId],
    packs: true,
  });
  return true;
}

/** Unpacks what was written, where that is not just what the container's tree holds. */
async function unpackAgain(work: Workspace, diffId: string, path: string): Promise<void> {
  const writer = work.layers.begin();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      await writer.write(chunk as Uint8Array);
    }
    await writer.end(diffId);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Writes a blob of the tree, plain, and unpacks it where the layer is not there. It is on the disk for certain once an
 * image names it (`commitImage`); until then what remembers it says in which boot that was.
 */
async function keepBlob(
  work: Workspace,
  diffId: string,
  { tree, times }: { tree: string; times: PackTimes },
): Promise<void> {
  const { engine } = work;
  const path = work.freePath();
  const fd = openSync(path, 'wx', 0o600);
  try {
    let packed: PackedLayer;
    try {
      packed = await packInto(tree, { fd, form: 'plain' }, times, engine.idMap());
    } finally {
      closeSync(fd);
    }
    if (packed.diffId !== diffId) {
      throw new BryoError('storage-failed', 'the files of a new layer change by themselves');
    }
    if (!work.layers.has(diffId)) await unpackAgain(work, diffId, path);
    work.layers.remember(diffId, diffId);
    adoptBlob(engine.store, diffId, path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Makes a layer of the tree in overlay's format; `own`: it may be taken away. */
export async function layerOfTree(
  work: Workspace,
  tree: string,
  { times, own }: { times: PackTimes; own: boolean },
): Promise<BuiltLayer> {
  const { engine, layers, blobs } = work;
  const idMap = engine.idMap();
  const packed = await packInto(tree, 'dry', times, idMap);
  const { diffId, tarSize: size } = packed;
  const layer = { diffId, digest: diffId, size, mediaType: mediaTypes.ociLayer };
  blobs.shareSoon(diffId);
  const isThere = layers.has(diffId);
  if (hasLayerContent(engine.store, { digest: parseDigest(diffId), size })) return layer;
  const asWritten = own && packed.skipped === 0 && times.all === null && times.newest === null;
  const taken = asWritten && !isThere && (await takeTree(work, packed, tree));
  // Where the same layer has come from elsewhere, its files are not known to make this very tar.
  if (taken && readLayerInfo(engine.store, idMap, diffId)?.packs === true) return layer;
  const left = taken ? layerDiff(engine.store, idMap, diffId) : tree;
  await keepBlob(work, diffId, { tree: left, times: taken ? ownTimes : times });
  return layer;
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
