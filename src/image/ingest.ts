import { createReadStream, readFileSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { claimDownload, dropClaims } from './claims.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { StreamVerifier } from './hash.ts';
import { documentLimit } from './json-shape.ts';
import { blobPath, commitImage, hasBlob, indexAnnotation, initLayout, readBlob } from './layout.ts';
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

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const whole: Uint8Array[] = [];
  for await (const part of parts) whole.push(part);
  return Buffer.concat(whole);
}

/** The config in the staging directory; null: it is in the store. */
async function fetchConfig(
  source: BlobSource,
  config: Descriptor,
  { store }: IngestOptions,
): Promise<string | null> {
  if (config.size > documentLimit) {
    throw new BryoError('bad-image', 'invalid image: config is larger than 4 MiB');
  }
  const claim = await claimDownload(store, config.digest);
  let { staged } = claim;
  try {
    if (staged !== null || hasBlob(store, config.digest)) return staged;
    const verifier = new StreamVerifier(config.digest, config.size);
    const bytes = await collect(verified(source.getBlob(config.digest, config.size), verifier));
    const path = stagingPath(store);
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
    staged = path;
    return staged;
  } finally {
    claim.release(staged);
  }
}

async function* verified(parts: AsyncIterable<Uint8Array>, verifier: StreamVerifier) {
  for await (const part of parts) {
    verifier.update(part);
    yield part;
  }
  verifier.finish();
}

/** One layer: into a file and through the unpacker at the same time, then verified. */
async function receiveLayer(
  parts: AsyncIterable<Uint8Array>,
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
    for await (const part of parts) {
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

/** Bytes that are on this machine already, if they are still what their digest says. */
async function takeLocal(
  path: string,
  options: IngestOptions,
  task: LayerTask,
): Promise<string | null> {
  try {
    const parts = createReadStream(path, { highWaterMark: 1 << 20 });
    return await receiveLayer(parts as AsyncIterable<Buffer>, options, task);
  } catch (error) {
    const damaged = error instanceof BryoError && /^wrong-|^bad-layer/.test(error.code);
    if (damaged || errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * A layer's blob in the staging directory, unpacked on the way: fetched by this process, or by
 * another one that wanted it at the same time. Null: it is in the store already.
 */
async function obtainLayer(
  source: BlobSource,
  options: IngestOptions,
  task: LayerTask,
): Promise<string | null> {
  const { store, layers, onProgress } = options;
  const { digest, size } = task.descriptor;
  const claim = await claimDownload(store, digest);
  const present = () => hasBlob(store, digest) && layers.has(task.diffId);
  let staged: string | null = null;
  try {
    if (present() || (claim.staged !== null && layers.has(task.diffId))) {
      onProgress({ kind: 'exists', digest });
      staged = present() ? null : claim.staged;
      return staged;
    }
    const local = claim.staged ?? (hasBlob(store, digest) ? blobPath(store, digest) : null);
    if (local !== null) staged = await takeLocal(local, options, task);
    staged ??= await receiveLayer(source.getBlob(digest, size), options, task);
    return staged;
  } finally {
    if (claim.staged !== null && claim.staged !== staged) await rm(claim.staged, { force: true });
    claim.release(staged);
  }
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

/** Fills `staged` with the files of layers, by digest; also when it fails. */
async function fetchLayers(
  source: BlobSource,
  options: IngestOptions,
  tasks: readonly LayerTask[],
  staged: Map<string, string>,
): Promise<void> {
  const queue = [...tasks];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      try {
        const path = await obtainLayer(source, options, task);
        if (path !== null) staged.set(task.descriptor.digest, path);
      } catch (reason) {
        failures.push(reason);
        queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: parallelBlobs }, work));
  if (failures.length > 0) throw failures[0];
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
  const staged = new Map<string, string>();
  try {
    const configFile = hasBlob(store, manifest.config.digest)
      ? null
      : await fetchConfig(source, manifest.config, options);
    if (configFile !== null) staged.set(manifest.config.digest, configFile);
    const config = parseConfig(
      configFile === null ? readBlob(store, manifest.config.digest) : readFileSync(configFile),
    );
    checkLayerCount(manifest, config);
    await fetchLayers(source, options, missingLayers(options, manifest, config.diffIds), staged);
    commitImage(store, {
      staged,
      documents: new Map([[digest, bytes]]),
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
    dropClaims(store, [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)]);
  }
  return loadImage(store, digest, name === null ? [] : [name]);
}
