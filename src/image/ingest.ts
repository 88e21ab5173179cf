import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import { claim, type Leases, openLeases } from '../store/leases.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { isVerified, StreamVerifier, verifyBytes } from './hash.ts';
import { documentLimit } from './json-shape.ts';
import {
  adoptBlob,
  blobPath,
  commitImage,
  hasBlob,
  hasWholeBlob,
  indexAnnotation,
  initLayout,
  presentBlob,
  readBlob,
  repositoryAnnotation,
  writeBlob,
} from './layout.ts';
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
  /** Where it was pulled from by its digest. */
  repository?: string;
}

interface LayerTask {
  descriptor: Descriptor;
  diffId: string;
}

/** An image that comes in, with the leases on its blobs: nobody removes them meanwhile. */
interface Ingestion {
  source: BlobSource;
  options: IngestOptions;
  leases: Leases;
}

const parallelBlobs = 4;

function hasConfig(store: Store, { digest }: Descriptor): boolean {
  return hasBlob(store, digest) && isVerified(readBlob(store, digest), digest);
}

/** Makes the config be there. */
async function obtainConfig(
  { source, options, leases }: Ingestion,
  config: Descriptor,
): Promise<Uint8Array> {
  const { store } = options;
  const isThere = () => hasConfig(store, config);
  if ((await claim(leases, config.digest, isThere)) === 'mine') {
    writeBlob(store, config.digest, await fetchConfig(source, config));
    leases.share(config.digest);
  }
  return readBlob(store, config.digest);
}

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

/** Downloads a layer: into a file and through the unpacker at the same time, then verified. */
async function fetchLayer({ source, options }: Ingestion, task: LayerTask): Promise<void> {
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
    // Others trust a blob by its name: what a power cut leaves under it must be whole.
    await file.datasync();
  } catch (error) {
    await Promise.allSettled([writer?.abort(), file.close()]);
    await rm(staged, { force: true });
    throw error;
  }
  await file.close();
  try {
    await writer?.end(task.diffId);
    adoptBlob(options.store, digest, staged);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  options.onProgress({ kind: 'done', digest });
}

/** Unpacks a layer whose blob is there already. */
async function unpackBlob({ store, layers }: IngestOptions, task: LayerTask): Promise<void> {
  if (layers.has(task.diffId)) return;
  const writer = layers.begin();
  try {
    const path = presentBlob(store, task.descriptor.digest);
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
      await writer.write(part as Uint8Array);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.end(task.diffId);
}

/** Makes a layer be there: of any number of processes that want the same blob, one downloads it. */
async function obtainLayer(ingestion: Ingestion, task: LayerTask): Promise<void> {
  const { options, leases } = ingestion;
  const { digest } = task.descriptor;
  const isThere = () => hasWholeBlob(options.store, task.descriptor);
  if ((await claim(leases, digest, isThere)) === 'mine') {
    await fetchLayer(ingestion, task);
    leases.share(digest);
    return;
  }
  try {
    await unpackBlob(options, task);
    options.onProgress({ kind: 'exists', digest });
  } catch (error) {
    if (!(error instanceof BryoError) || !/^bad-/.test(error.code)) throw error;
    // It is not what its digest says: out of the way with it, and once more.
    await rm(blobPath(options.store, digest), { force: true });
    leases.drop(digest);
    await obtainLayer(ingestion, task);
  }
}

function layerTasks(manifest: Manifest, diffIds: readonly string[]): LayerTask[] {
  const tasks = new Map<string, LayerTask>();
  for (const [index, descriptor] of manifest.layers.entries()) {
    tasks.set(descriptor.digest, { descriptor, diffId: diffIds[index] ?? '' });
  }
  return [...tasks.values()];
}

async function obtainLayers(ingestion: Ingestion, tasks: readonly LayerTask[]): Promise<void> {
  const queue = [...tasks];
  let failure: { reason: unknown } | null = null;
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      try {
        await obtainLayer(ingestion, task);
      } catch (reason) {
        failure ??= { reason };
        queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: parallelBlobs }, work));
  if (failure !== null) throw (failure as { reason: unknown }).reason;
}

/**
 * Takes an image into the store: config and layers, each verified against the digest that names
 * it. The image enters the index, under `name` if not null, only when all of it is on the disk.
 *
 * Errors: BryoError of the source, `wrong-digest`, `wrong-size`, `bad-image`, `bad-layer`. What was
 * complete by then stays, needed by no image, until somebody tidies up (`notingUnfinished`).
 */
export async function ingestImage(
  source: BlobSource,
  incoming: IncomingManifest,
  name: string | null,
  options: IngestOptions,
): Promise<ResolvedImage> {
  const { store } = options;
  const { bytes, manifest, digest, indexDigest, repository } = incoming;
  initLayout(store);
  const leases = openLeases(storePaths.blobLeases(store));
  const ingestion = { source, options, leases };
  try {
    const config = parseConfig(await obtainConfig(ingestion, manifest.config));
    checkLayerCount(manifest, config);
    await obtainLayers(ingestion, layerTasks(manifest, config.diffIds));
    commitImage(store, {
      staged: new Map(),
      documents: new Map([[digest, bytes]]),
      manifest,
      descriptor: {
        mediaType: manifest.mediaType,
        digest,
        size: bytes.length,
        annotations: {
          ...(indexDigest !== null && { [indexAnnotation]: indexDigest }),
          ...(repository !== undefined && { [repositoryAnnotation]: repository }),
        },
        platform: null,
      },
      names: name === null ? [] : [name],
    });
    options.layers.settle(config.diffIds);
  } finally {
    leases.close();
  }
  return loadImage(store, digest, name === null ? [] : [name]);
}
