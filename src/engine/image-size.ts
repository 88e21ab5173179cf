import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedImage } from '../image/resolve.ts';
import type { LayerInfo } from '../store/layers.ts';
import { layerDiff } from '../store/layers.ts';
import type { Engine } from './engine.ts';

/** Bytes of the files of each layer; of the compressed layer while it is not unpacked yet. */
export function layerSizes(engine: Engine, image: ResolvedImage): number[] {
  const { diffIds } = image.config;
  return image.manifest.layers.map(({ size }, index) => {
    try {
      const diff = layerDiff(engine.store, engine.idMap(), diffIds[index] ?? '');
      const info: LayerInfo = JSON.parse(readFileSync(join(diff, '..', 'layer.json'), 'utf8'));
      return info.bytes;
    } catch {
      return size;
    }
  });
}

/** Bytes of an image's files. */
export function imageSize(engine: Engine, image: ResolvedImage): number {
  return layerSizes(engine, image).reduce((sum, bytes) => sum + bytes, 0);
}
