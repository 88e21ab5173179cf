import { createReadStream } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { presentBlob } from '../../image/layout.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import type { LayerSink } from '../../store/layer-sink.ts';
import { hasLayer } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';

/**
 * Makes sure that an image's layers are unpacked for the present id mapping: one that is missing or
 * was damaged and removed is unpacked again from its blob.
 */
export async function ensureLayers(engine: Engine, image: ResolvedImage): Promise<void> {
  const { store } = engine;
  const { diffIds } = image.config;
  const idMap = engine.idMap();
  if (diffIds.every((diffId) => hasLayer(store, idMap, diffId))) return;
  const { layerSink } = await import('../../store/layer-unpack.ts');
  const sink = layerSink(store, idMap);
  try {
    for (const [index, diffId] of diffIds.entries()) {
      if (!sink.has(diffId)) await unpackBlob(engine, image, index, sink);
    }
  } finally {
    sink.release();
  }
}

async function unpackBlob(
  { store, log }: Engine,
  image: ResolvedImage,
  index: number,
  sink: LayerSink,
): Promise<void> {
  const digest = image.manifest.layers[index]?.digest;
  if (digest === undefined) throw new BryoError('bad-image', 'the image lacks a layer');
  log('debug', `unpacking layer ${digest}`);
  const path = presentBlob(store, digest);
  const writer = sink.begin();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      await writer.write(chunk as Uint8Array);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.end(image.config.diffIds[index] ?? '');
}
