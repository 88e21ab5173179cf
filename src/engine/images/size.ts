import type { ResolvedImage } from '../../image/resolve.ts';
import { readLayerInfo } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';

/** Bytes of the files of each layer; of the compressed layer while it is not unpacked yet. */
export function layerSizes(engine: Engine, image: ResolvedImage): number[] {
  const { diffIds } = image.config;
  return image.manifest.layers.map(
    ({ size }, index) =>
      readLayerInfo(engine.store, engine.idMap(), diffIds[index] ?? '')?.bytes ?? size,
  );
}

/** Bytes of an image's files. */
export function imageSize(engine: Engine, image: ResolvedImage): number {
  return layerSizes(engine, image).reduce((sum, bytes) => sum + bytes, 0);
}
