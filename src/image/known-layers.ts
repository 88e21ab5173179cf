import { createReadStream } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { makeHash } from '../base/hash.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import { layerFiles } from '../store/layers.ts';
import type { Store } from '../store/paths.ts';
import { readPlain } from '../store/worker.ts';
import { hasBlob, presentBlob } from './layout.ts';

/** A layer as an image names it: what is stored, and what that has to unpack to. */
export interface LayerClaim {
  digest: string;
  diffId: string;
}

/** The error of content that is not what an image says of it. */
function otherContent(found: string, { digest, diffId }: LayerClaim): BryoError {
  return new BryoError('bad-digest', `the content of layer ${digest} is ${found}, not ${diffId}`);
}

/**
 * Checks a file against the layer that an image says it holds, without unpacking it: the layer is there
 * already, and an image must not get at it by its mere name. No more than `limit` bytes are
 * decompressed. Errors: `bad-digest`, `bad-layer`.
 */
export async function checkContent(path: string, claim: LayerClaim, limit: number): Promise<void> {
  if (claim.digest === claim.diffId) return;
  const hash = makeHash('sha256');
  let size = 0;
  for await (const part of readPlain(path)) {
    size += part.length;
    if (size > limit) throw otherContent(`more than its ${limit} bytes`, claim);
    hash.update(part);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== claim.diffId) throw otherContent(found, claim);
}

async function unpack(
  source: AsyncIterable<unknown>,
  { diffId }: LayerClaim,
  layers: LayerSink,
): Promise<void> {
  const writer = layers.begin();
  try {
    for await (const part of source) await writer.write(part as Uint8Array);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.end(diffId);
}

/**
 * Makes sure that a layer is there and that it is what a blob of the store unpacks to. What was found
 * out is remembered with the layer. Errors: `bad-digest`, `bad-layer`, `missing-blob`.
 */
export async function obtainFromBlob(
  store: Store,
  layers: LayerSink,
  claim: LayerClaim,
): Promise<void> {
  if (layers.isOf(claim.diffId, claim.digest)) return;
  // Built here, under another id mapping.
  const isBuilt = !hasBlob(store, claim.digest) && layerFiles(store, claim.digest) !== null;
  if (isBuilt) {
    const { plainLayer } = await import('./layer-source.ts');
    await unpack(plainLayer(store, claim.digest), claim, layers);
    layers.remember(claim.diffId, claim.digest);
    return;
  }
  const path = presentBlob(store, claim.digest);
  const size = layers.has(claim.diffId) ? layers.size(claim.diffId) : null;
  if (size !== null) await checkContent(path, claim, size);
  else await unpack(createReadStream(path, { highWaterMark: 1 << 20 }), claim, layers);
  layers.remember(claim.diffId, claim.digest);
}
