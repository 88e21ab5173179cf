import { open, rm } from 'node:fs/promises';
import { makeHash } from '../base/hash.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { type Digest, parseDigest } from './digest.ts';
import { mediaTypes } from './media-types.ts';

/** A layer of one's own, written down and unpacked. */
export interface StagedLayer {
  /** In the staging directory; whoever staged it removes it. */
  path: string;
  mediaType: string;
  digest: Digest;
  size: number;
  diffId: string;
}

/** Of a layer that unpacked: what is its own uncompressed form has the diff id as digest. */
function mediaTypeOf(first: number | undefined, compressed: boolean): string {
  if (!compressed) return mediaTypes.ociLayer;
  return first === 0x28 ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip;
}

/** Writes a layer down and unpacks it at the same time. Nothing of it stays when that fails. */
export async function stageLayer(
  store: Store,
  layers: LayerSink,
  source: AsyncIterable<Uint8Array>,
): Promise<StagedLayer> {
  const path = stagingPath(store);
  const file = await open(path, 'wx', 0o600);
  const writer = layers.begin();
  const hash = makeHash('sha256');
  let size = 0;
  let first: number | undefined;
  try {
    for await (const part of source) {
      first ??= part[0];
      hash.update(part);
      size += part.length;
      await Promise.all([file.writeFile(part), writer.write(part)]);
    }
    await file.close();
    const diffId = await writer.end('');
    const digest = parseDigest(`sha256:${hash.digest('hex')}`);
    layers.remember(diffId, digest);
    return { path, mediaType: mediaTypeOf(first, diffId !== digest), digest, size, diffId };
  } catch (error) {
    await Promise.allSettled([writer.abort(), file.close()]);
    await rm(path, { force: true });
    throw error;
  }
}
