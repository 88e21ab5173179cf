import { open, rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { StreamVerifier, verifyBytes } from './hash.ts';
import { documentLimit } from './json-shape.ts';
import { commitImage, hasBlob, indexAnnotation, initLayout, readBlob } from './layout.ts';
import type { Descriptor, Manifest } from './manifest.ts';
import { loadImage, type ResolvedImage } from './resolve.ts';

/** What happens to the blobs of an image that comes in. */
export type PullProgress =
  | { kind: 'exists'; digest: string }
  | { kind: 'start'; digest: string; total: number }
  | { kind: 'progress'; digest: string; received: number; total: number }
  | { kind: 'done'; digest: string };

/** Where blobs come from: a registry or an archive. What it hands over is verified here. */
export interface BlobSource {
  getBlob(digest: string, size: number): AsyncIterable<Uint8Array>;
}

export interface IngestOptions {
  store: Store;
  layers: LayerSink;
  onProgress(event: PullProgress): void;
}

/** A manifest whose bytes have been verified. */
export interface IncomingManifest {
  bytes: Uint8Array;
  manifest: Manifest;
  digest: Digest;
  /** Digest of the index through which the manifest was found, if there was one. */
  indexDigest: Digest | null;
}

interface LayerTask {
  descriptor: Descriptor;
  diffId: string;
}

const parallelBlobs = 4;

async function fetchConfig(source: BlobSource, config: Descriptor): Promise<Uint8Array> {
  if (config.size > documentLimit) {
    throw new BryoError('bad-image', 'invalid image: config is larger than 4 MiB');
  }
  const parts: Uint8Array[] = [];
  const verifier = new StreamVerifier(config.digest, config.size);
  for await (const part of source.getBlob(config.digest, config.size)) {
    verifier.update(part);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  verifyBytes(bytes, config.digest, 'the image config');
  return bytes;
}

/** One layer: into a file and through the unpacker at the same time, then verified. */
async function fetchLayer(
  source: BlobSource,
  options: IngestOptions,
  task: LayerTask,
): Promise<string> {
  const { digest, size } = task.descriptor;
  const staged = stagingPath(options.store);
  const file = await open(staged, 'wx', 0o600);
  const writer = options.layers.has(task.diffId) ? null : options.layers.begin();
  const verifier = new StreamVerifier(digest, size);
  options.onProgress({ kind: 'start', digest, total: size });
  try {
    for await (const part of source.getBlob(digest, size)) {
      verifier.update(part);
      await Promise.all([file.writeFile(part), writer?.write(part)]);
      options.onProgress({ kind: 'progress', digest, received: verifier.received, total: size });
    }
    verifier.finish();
  } catch (error) {
    await Promise.allSettled([writer?.abort(), file.close()]);
    await rm(staged, { force: true });
    throw error;
  }
  await file.close();
  try {
    await writer?.end(task.diffId);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  options.onProgress({ kind: 'done', digest });
  return staged;
}

/** Layers whose blob or files are not there yet, each once. */
function missingLayers(options: IngestOptions, manifest: Manifest, diffIds: string[]): LayerTask[] {
  const tasks = new Map<string, LayerTask>();
  for (const [index, descriptor] of manifest.layers.entries()) {
    const diffId = diffIds[index] ?? '';
    const complete = hasBlob(options.store, descriptor.digest) && options.layers.has(diffId);
    if (complete) options.onProgress({ kind: 'exists', digest: descriptor.digest });
    else tasks.set(descriptor.digest, { descriptor, diffId });
  }
  return [...tasks.values()];
}

async function fetchLayers(
  source: BlobSource,
  options: IngestOptions,
  tasks: readonly LayerTask[],
): Promise<Map<string, string>> {
  const staged = new Map<string, string>();
  const queue = [...tasks];
  let failure: { reason: unknown } | null = null;
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      try {
        staged.set(task.descriptor.digest, await fetchLayer(source, options, task));
      } catch (reason) {
        failure ??= { reason };
        queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: parallelBlobs }, work));
  if (failure === null) return staged;
  await removeStaged(staged);
  throw (failure as { reason: unknown }).reason;
}

async function removeStaged(staged: ReadonlyMap<string, string>): Promise<void> {
  await Promise.all([...staged.values()].map((path) => rm(path, { force: true })));
}

/**
 * Takes an image into the store: config and layers, each verified against the digest that names
 * it. The image enters the index, under `name` if not null, only when all of it is on the disk.
 *
 * Errors: BryoError of the source, `wrong-digest`, `wrong-size`, `bad-image`, `bad-layer`;
 * nothing stays behind then, except whole layers.
 */
export async function ingestImage(
  source: BlobSource,
  incoming: IncomingManifest,
  name: string | null,
  options: IngestOptions,
): Promise<ResolvedImage> {
  const { store } = options;
  const { bytes, manifest, digest, indexDigest } = incoming;
  initLayout(store);
  const configBytes = hasBlob(store, manifest.config.digest)
    ? readBlob(store, manifest.config.digest)
    : await fetchConfig(source, manifest.config);
  const config = parseConfig(configBytes);
  checkLayerCount(manifest, config);
  const tasks = missingLayers(options, manifest, config.diffIds);
  const staged = await fetchLayers(source, options, tasks);
  try {
    commitImage(store, {
      staged,
      documents: new Map([
        [manifest.config.digest, configBytes],
        [digest, bytes],
      ]),
      manifest,
      descriptor: {
        mediaType: manifest.mediaType,
        digest,
        size: bytes.length,
        annotations: indexDigest === null ? {} : { [indexAnnotation]: indexDigest },
        platform: null,
      },
      names: name === null ? [] : [name],
    });
  } finally {
    await removeStaged(staged);
  }
  return loadImage(store, digest, name === null ? [] : [name]);
}
