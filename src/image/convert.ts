import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import { makeHash } from '../base/hash.ts';
import { layerFiles, rememberPacked } from '../store/layers.ts';
import type { Store } from '../store/paths.ts';
import { type Compression, plainBytes, recode } from '../store/recode.ts';
import { stagingPath } from '../store/staging.ts';
import { type Digest, parseDigest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { checkContent } from './known-layers.ts';
import { layerFile, packLayer } from './layer-source.ts';
import { hasBlob, presentBlob, readBlob } from './layout.ts';
import type { Descriptor } from './manifest.ts';
import { layerCompression, mediaTypes } from './media-types.ts';
import type { ResolvedImage } from './resolve.ts';

/** Changes to an image on its way out; null: as it is in the store. */
export interface Conversion {
  format: 'oci' | 'v2s2' | null;
  /** Of layers; `none`: they become plain. */
  compression: Compression | 'none' | null;
  /** Layers that would leave plain are compressed with gzip, unless `compression` asks for them so. */
  compressPlain?: boolean;
}

/** A blob with the file that holds it. */
export interface OutgoingBlob {
  digest: Digest;
  size: number;
  path: string;
}

/** An image as it leaves the store. */
export interface OutgoingImage {
  manifest: Uint8Array;
  mediaType: string;
  digest: Digest;
  config: OutgoingBlob;
  layers: OutgoingBlob[];
  /** Layers that are there already, and of which no file was made. */
  there: Set<Digest>;
  /** Removes what was made for it. */
  release(): Promise<void>;
}

type Layer = OutgoingBlob & { mediaType: string };

/** Plain bytes are called so by their type, or are the ones that the diff id names. */
function compressionOf(layer: Descriptor, diffId: string): Compression | 'none' {
  return layer.digest === diffId ? 'none' : layerCompression(layer.mediaType);
}

async function recodeLayer(path: string, compression: Compression | 'none', staged: string) {
  const file = await open(staged, 'wx', 0o600);
  const hash = makeHash('sha256');
  let size = 0;
  try {
    const bytes =
      compression === 'none' ? plainBytes(createReadStream(path)) : recode(path, compression);
    for await (const part of bytes) {
      hash.update(part);
      size += part.length;
      await file.writeFile(part);
    }
  } finally {
    await file.close();
  }
  return { digest: parseDigest(`sha256:${hash.digest('hex')}`), size, path: staged };
}

function layerType(format: 'oci' | 'v2s2', compression: Compression | 'none'): string {
  if (format === 'oci') {
    if (compression === 'none') return mediaTypes.ociLayer;
    return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
  }
  if (compression === 'zstd') {
    throw new BryoError('bad-conversion', 'images of the format v2s2 have no layers of zstd', {
      hint: 'use --format oci, or --compression-format gzip',
    });
  }
  return compression === 'none' ? mediaTypes.dockerLayer : mediaTypes.dockerLayerGzip;
}

function writeManifest(image: ResolvedImage, format: 'oci' | 'v2s2', layers: readonly Layer[]) {
  const { config, annotations } = image.manifest;
  const oci = format === 'oci';
  const mediaType = oci ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
  const named = oci && Object.keys(annotations).length > 0;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: oci ? mediaTypes.ociConfig : mediaTypes.dockerConfig,
      size: config.size,
      digest: config.digest,
    },
    layers: layers.map((layer) => ({
      mediaType: layer.mediaType,
      size: layer.size,
      digest: layer.digest,
    })),
    ...(named && { annotations }),
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(document)) };
}

/** The state of layers that are made ready to leave. */
export interface Preparation {
  store: Store;
  /** Files that were made, which go at the end. */
  staged: string[];
  /** Layers of which no file was made, for they are there. */
  there: Set<Digest>;
  isThere: (digest: Digest) => Promise<boolean>;
}

/** A layer that is made of files, compressed with gzip; null: it has a blob. Errors: those of `packLayer`. */
export async function packGzip(
  { store, staged, there, isThere }: Preparation,
  digest: Digest,
): Promise<OutgoingBlob | null> {
  const files = hasBlob(store, digest) ? null : layerFiles(store, digest);
  if (files === null) return null;
  const known = files.info.packed;
  if (known !== undefined && (await isThere(parseDigest(known.digest)))) {
    there.add(parseDigest(known.digest));
    return { digest: parseDigest(known.digest), size: known.size, path: '' };
  }
  const path = stagingPath(store);
  staged.push(path);
  const packed = await packLayer(store, digest, { path, form: 'gzip' });
  if (packed === null) return null;
  const { size } = packed;
  rememberPacked(store, files.idMap, digest, { digest: packed.digest, size });
  return { digest: parseDigest(packed.digest), size, path };
}

/** A layer in another form. */
async function convertLayer(
  preparation: Preparation,
  { layer, diffId }: { layer: Descriptor; diffId: string },
  target: Compression | 'none',
): Promise<OutgoingBlob> {
  const { store, staged } = preparation;
  const packed = target === 'gzip' ? await packGzip(preparation, layer.digest) : null;
  if (packed !== null) return packed;
  const path = await layerFile(store, layer.digest, staged);
  await checkContent(path, { digest: layer.digest, diffId }, Number.POSITIVE_INFINITY);
  const converted = stagingPath(store);
  staged.push(converted);
  return recodeLayer(path, target, converted);
}

/**
 * An image ready to leave the store, converted if that is asked for and makes a difference. `isThere` tells of
 * blobs that need not be made. Errors: `bad-conversion`, `missing-blob`; `bad-digest` when a layer that is
 * converted is not what the image says.
 */
export async function prepareOutgoing(
  store: Store,
  image: ResolvedImage,
  { format, compression, compressPlain = false }: Conversion,
  isThere: (digest: Digest) => Promise<boolean> = async () => false,
): Promise<OutgoingImage> {
  const { manifest, manifestDigest } = image;
  const own = manifest.mediaType === mediaTypes.dockerManifest ? 'v2s2' : 'oci';
  const wanted = format ?? (compression === 'zstd' ? 'oci' : own);
  const staged: string[] = [];
  const there = new Set<Digest>();
  const preparation = { store, staged, there, isThere };
  const release = async (): Promise<void> => {
    await Promise.all(staged.map((path) => rm(path, { force: true })));
  };
  try {
    const layers: Layer[] = [];
    let changed = wanted !== own;
    for (const [index, layer] of manifest.layers.entries()) {
      const present = compressionOf(layer, image.config.diffIds[index] ?? '');
      const target = compression ?? (present === 'none' && compressPlain ? 'gzip' : present);
      const mediaType = layerType(wanted, target);
      if (target === present) {
        const path = await layerFile(store, layer.digest, staged);
        layers.push({ digest: layer.digest, size: layer.size, path, mediaType });
        continue;
      }
      changed = true;
      const diffId = image.config.diffIds[index] ?? '';
      const converted = await convertLayer(preparation, { layer, diffId }, target);
      layers.push({ ...converted, mediaType });
    }
    const config = { ...manifest.config, path: presentBlob(store, manifest.config.digest) };
    if (!changed) {
      const bytes = readBlob(store, manifestDigest);
      const digest = parseDigest(manifestDigest);
      const { mediaType } = manifest;
      return { manifest: bytes, mediaType, digest, config, layers, there, release };
    }
    const { mediaType, bytes } = writeManifest(image, wanted, layers);
    const digest = digestBytes(bytes);
    return { manifest: bytes, mediaType, digest, config, layers, there, release };
  } catch (error) {
    await release();
    throw error;
  }
}
