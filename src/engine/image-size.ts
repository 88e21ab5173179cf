import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedImage } from '../image/resolve.ts';
import type { LayerInfo } from '../store/layers.ts';
import { layerDiff } from '../store/layers.ts';
import type { Engine } from './engine.ts';

/** Bytes of an image's files; of its compressed layers while they are not unpacked yet. */
export function imageSize(engine: Engine, image: ResolvedImage): number {
  const { diffIds } = image.config;
  let total = 0;
  for (const [index, { size }] of image.manifest.layers.entries()) {
    try {
      const path = join(
        layerDiff(engine.store, engine.idMap(), diffIds[index] ?? ''),
        '..',
        'layer.json',
      );
      total += (JSON.parse(readFileSync(path, 'utf8')) as LayerInfo).bytes;
    } catch {
      total += size;
    }
  }
  return total;
}
