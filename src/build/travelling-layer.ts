import { rm } from 'node:fs/promises';
import { type OutgoingBlob, packGzip } from '../image/convert.ts';
import { type Digest, parseDigest } from '../image/digest.ts';
import { presentBlob } from '../image/layout.ts';
import { mediaTypes } from '../image/media-types.ts';
import type { Store } from '../store/paths.ts';
import type { CachedLayer } from '../store/step-cache.ts';

/**
 * Hands the blob of a result's layer to `give` unless it is there already; the layer as it is named there. One that has
 * no blob here travels compressed with gzip.
 */
export async function giveLayer(
  store: Store,
  layer: CachedLayer,
  to: { has(digest: Digest): Promise<boolean>; give(blob: OutgoingBlob): Promise<void> },
): Promise<CachedLayer> {
  const digest = parseDigest(layer.digest);
  const there = new Set<Digest>();
  const staged: string[] = [];
  try {
    const made = await packGzip({ store, staged, there, isThere: to.has }, digest);
    if (made === null) {
      const { size } = layer;
      if (!(await to.has(digest)))
        await to.give({ digest, size, path: presentBlob(store, digest) });
      return layer;
    }
    if (!there.has(made.digest)) await to.give(made);
    const { diffId } = layer;
    return { diffId, digest: made.digest, size: made.size, mediaType: mediaTypes.ociLayerGzip };
  } finally {
    for (const path of staged) await rm(path, { force: true });
  }
}
