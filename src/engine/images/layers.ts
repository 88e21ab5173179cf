import { BryoError } from '../../base/errors.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { isLayerOf } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';

/** Each layer's blob with what it has to unpack to. */
function claimsOf({ manifest, config }: ResolvedImage) {
  return config.diffIds.map((diffId, index) => {
    const digest = manifest.layers[index]?.digest;
    if (digest === undefined) throw new BryoError('bad-image', 'the image lacks a layer');
    return { digest, diffId };
  });
}

/**
 * Makes sure that an image's layers are unpacked for the present id mapping and are what its blobs hold:
 * one that is missing or was damaged and removed is unpacked again, and one that is there only by its
 * diff id, which another image may have brought, is compared. Errors: `bad-digest`, `bad-layer`, …
 */
export async function ensureLayers(engine: Engine, image: ResolvedImage): Promise<void> {
  const { store } = engine;
  const claims = claimsOf(image);
  const idMap = engine.idMap();
  if (claims.every(({ digest, diffId }) => isLayerOf(store, idMap, diffId, digest))) return;
  const { layerSink } = await import('../../store/layer-unpack.ts');
  const { obtainFromBlob } = await import('../../image/known-layers.ts');
  const sink = layerSink(store, idMap);
  try {
    for (const claim of claims) {
      engine.log('debug', `layer ${claim.digest}: unpacking or comparing it`);
      await obtainFromBlob(store, sink, claim);
    }
  } finally {
    sink.release();
  }
}
