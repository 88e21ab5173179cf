import { createReadStream, existsSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import type { ResolvedImage } from '../image/resolve.ts';
import { layerDiff } from '../store/layers.ts';
import { storePaths } from '../store/paths.ts';
import type { Engine } from './engine.ts';

/**
 * Makes sure that an image's layers are unpacked for the present id mapping: one that is missing or
 * was damaged and removed is unpacked again from its blob.
 */
export async function ensureLayers(engine: Engine, image: ResolvedImage): Promise<void> {
  const { store } = engine;
  const { diffIds } = image.config;
  const idMap = engine.idMap();
  if (diffIds.every((diffId) => existsSync(layerDiff(store, idMap, diffId)))) return;
  const { layerSink } = await import('../store/layer-unpack.ts');
  const sink = layerSink(store, idMap);
  for (const [index, diffId] of diffIds.entries()) {
    if (sink.has(diffId)) continue;
    const digest = image.manifest.layers[index]?.digest;
    if (digest === undefined) throw new BryoError('bad-image', 'the image lacks a layer');
    engine.log('debug', `unpacking layer ${digest}`);
    const [algorithm = '', hex = ''] = digest.split(':');
    const writer = sink.begin();
    try {
      for await (const chunk of createReadStream(storePaths.blob(store, algorithm, hex), {
        highWaterMark: 1 << 20,
      })) {
        await writer.write(chunk as Uint8Array);
      }
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.end(diffId);
  }
}
