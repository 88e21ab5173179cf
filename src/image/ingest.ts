import { BryoError } from '../base/errors.ts';
import { claim, type Leases, openLeases } from '../store/leases.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { type BlobSource, type FetchTarget, fetchLayer, type LayerTask } from './fetch-layer.ts';
import { isVerified, isVerifiedFile, StreamVerifier, verifyBytes } from './hash.ts';
import { documentLimit, malformed } from './json-shape.ts';
import { obtainFromBlob } from './known-layers.ts';
import {
  blobPath,
  commitImage,
  hasBlob,
  hasWholeBlob,
  indexAnnotation,
  initLayout,
  readBlob,
  repositoryAnnotation,
  writeBlob,
} from './layout.ts';
import type { Descriptor, Manifest } from './manifest.ts';
import { loadImage, type ResolvedImage } from './resolve.ts';

/** The place that an image which comes in goes to. */
export interface IngestOptions extends FetchTarget {
  /** How many layers are fetched at a time; absent: as many as usual. */
  parallel?: number;
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

/** An image that comes in, with the leases on its blobs: nobody removes them meanwhile. */
interface Ingestion {
  source: BlobSource;
  options: IngestOptions;
  leases: Leases;
}

const usualParallel = 4;

function hasConfig(store: Store, config: Descriptor): boolean {
  const { digest } = config;
  return hasWholeBlob(store, config) && isVerified(readBlob(store, digest), digest);
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

/** Makes a layer be there: of any number of processes that want the same blob, one downloads it. */
async function obtainLayer(ingestion: Ingestion, task: LayerTask): Promise<void> {
  const { options, leases } = ingestion;
  const { store, layers } = options;
  const { digest } = task;
  if ((await claim(leases, digest, () => hasWholeBlob(store, task))) === 'mine') {
    await fetchLayer(ingestion.source, options, task);
    leases.share(digest);
    return;
  }
  try {
    await obtainFromBlob(store, layers, task);
    options.onProgress({ kind: 'exists', digest });
  } catch (error) {
    if (!(error instanceof BryoError) || !/^bad-/.test(error.code)) throw error;
    leases.drop(digest);
    await claim(leases, digest, () => false);
    // A good blob stays, whatever a manifest says of it; a damaged one is replaced.
    if (hasBlob(store, digest) && (await isVerifiedFile(blobPath(store, digest), digest))) {
      throw error;
    }
    await fetchLayer(ingestion.source, options, task);
    leases.share(digest);
  }
}

/** The layers of an image, each blob once. Errors: `bad-image`. */
function layerTasks({ layers }: Manifest, diffIds: readonly string[]): LayerTask[] {
  const tasks = new Map<string, LayerTask>();
  for (const [index, { digest, size }] of layers.entries()) {
    const task = { digest, size, diffId: diffIds[index] ?? '' };
    const other = tasks.get(digest);
    if (other !== undefined && (other.diffId !== task.diffId || other.size !== size)) {
      throw malformed(`manifest.layers[${index}]`, `is ${digest} a second time and another layer`);
    }
    tasks.set(digest, task);
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
  const { parallel = usualParallel } = ingestion.options;
  await Promise.all(Array.from({ length: parallel }, work));
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
    options.onProgress({ kind: 'config', digest: manifest.config.digest });
    options.onProgress({ kind: 'manifest' });
    await leases.shareLater(digest);
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
    return loadImage(store, digest, name === null ? [] : [name]);
  } finally {
    leases.close();
  }
}
