import { createReadStream, statSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import type { LayerSink, LayerWriter } from '../store/layer-sink.ts';
import { partialPath } from '../store/partials.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import type { Digest } from './digest.ts';
import { StreamVerifier } from './hash.ts';
import { checkContent, type LayerClaim } from './known-layers.ts';
import { adoptBlob } from './layout.ts';
import type { PullProgress } from './progress.ts';

/** Where blobs come from: a registry or an archive. What it hands over is verified by the taker. */
export interface BlobSource {
  /** The bytes of a blob, from an offset on where the source is resumable. */
  getBlob(digest: string, size: number, from?: number): AsyncIterable<Uint8Array>;
  /** The beginning of a blob is worth keeping when the rest does not come. */
  readonly resumable?: boolean;
}

export interface LayerTask extends LayerClaim {
  digest: Digest;
  /** Bytes of the blob. */
  size: number;
}

/** Where a layer goes. */
export interface FetchTarget {
  store: Store;
  layers: LayerSink;
  onProgress(event: PullProgress): void;
}

/** The blob on its way: a file that it is written to, of which the beginning may be there already. */
interface Incoming {
  path: string;
  /** Bytes that are there. */
  from: number;
  keep: boolean;
}

/** Errors of the way to a registry; after others what was got is of no use, or there is no room for it. */
const interruptions: ReadonlySet<string> = new Set([
  'registry-unreachable',
  'registry-failed',
  'registry-busy',
]);

function isInterruption(error: unknown): boolean {
  return error instanceof BryoError && interruptions.has(error.code);
}

async function* arriving(source: BlobSource, { digest, size }: LayerTask, incoming: Incoming) {
  const { path, from } = incoming;
  if (from > 0) {
    for await (const part of createReadStream(path, { end: from - 1, highWaterMark: 1 << 20 })) {
      yield { part: part as Uint8Array, fresh: false };
    }
  }
  if (from === size && from > 0) return;
  for await (const part of source.getBlob(digest, size, from)) yield { part, fresh: true };
}

/** Receives a blob into its file and through the unpacker at the same time, and verifies it. */
async function receive(
  source: BlobSource,
  target: FetchTarget,
  task: LayerTask,
  to: { incoming: Incoming; file: FileHandle; writer: LayerWriter | null },
): Promise<void> {
  const { digest, size } = task;
  const { incoming, file, writer } = to;
  const verifier = new StreamVerifier(digest, size);
  target.onProgress({ kind: 'start', digest, total: size });
  for await (const { part, fresh } of arriving(source, task, incoming)) {
    verifier.update(part);
    await Promise.all([fresh && file.writeFile(part), writer?.write(part)]);
    target.onProgress({ kind: 'progress', digest, received: verifier.received, total: size });
  }
  verifier.finish();
  // Other pulls trust a blob by its name: what a power cut leaves under it must be whole.
  await file.datasync();
}

async function fetchInto(
  source: BlobSource,
  target: FetchTarget,
  task: LayerTask,
  incoming: Incoming,
): Promise<void> {
  const { store, layers, onProgress } = target;
  const { digest, diffId } = task;
  const { path, from } = incoming;
  const writer = layers.has(diffId) ? null : layers.begin();
  const file = await open(path, from > 0 ? 'a' : 'w', 0o600);
  try {
    await receive(source, target, task, { incoming, file, writer });
  } catch (error) {
    await Promise.allSettled([writer?.abort(), file.close()]);
    const worth = incoming.keep && isInterruption(error) && statSync(path).size > 0;
    if (!worth) await rm(path, { force: true });
    throw error;
  }
  await file.close();
  try {
    if (writer === null) await checkContent(path, task, layers.size(diffId) ?? 0);
    else await writer.end(diffId);
    adoptBlob(store, digest, path);
    layers.remember(diffId, digest);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  onProgress({ kind: 'done', digest });
}

/**
 * Gets a layer, which is unpacked while it arrives. The caller holds the blob's lease alone. What an earlier
 * command has got of it is used; should that turn out to be something else, all of it is got again.
 * Errors: those of the source, `wrong-digest`, `wrong-size`, `bad-digest`, `bad-layer`.
 */
export async function fetchLayer(
  source: BlobSource,
  target: FetchTarget,
  task: LayerTask,
): Promise<void> {
  const { store } = target;
  if (source.resumable !== true) {
    return fetchInto(source, target, task, { path: stagingPath(store), from: 0, keep: false });
  }
  const path = partialPath(store, task.digest);
  const there = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const from = there <= task.size ? there : 0;
  try {
    await fetchInto(source, target, task, { path, from, keep: true });
  } catch (error) {
    const otherContent = error instanceof BryoError && /^(?:bad|wrong)-/.test(error.code);
    if (from === 0 || !otherContent) throw error;
    await fetchInto(source, target, task, { path, from: 0, keep: true });
  }
}
