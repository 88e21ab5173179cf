import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import { makeHash } from '../base/hash.ts';
import type { Store } from '../store/paths.ts';
import { type Compression, plainBytes, recode } from '../store/recode.ts';
import { stagingPath } from '../store/staging.ts';
import { type Digest, parseDigest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { checkContent } from './known-layers.ts';
import { presentBlob, readBlob } from './layout.ts';
import type { Descriptor } from './manifest.ts';
import { layerCompression, mediaTypes } from './media-types.ts';
import type { ResolvedImage } from './resolve.ts';

/** Changes to an image on its way out; null: as it is in the store. */
export interface Conversion {
  format: 'oci' | 'v2s2' | null;
  /** Of layers; `none`: they become plain. */
  compression: Compression | 'none' | null;
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

/**
 * An image ready to leave the store, converted if that is asked for and makes a difference.
 * Errors: `bad-conversion`, `missing-blob`; `bad-digest` when a layer that is converted is not what the
 * image says.
 */
export async function prepareOutgoing(
  store: Store,
  image: ResolvedImage,
  { format, compression }: Conversion,
): Promise<OutgoingImage> {
  const { manifest, manifestDigest } = image;
  const own = manifest.mediaType === mediaTypes.dockerManifest ? 'v2s2' : 'oci';
  const wanted = format ?? (compression === 'zstd' ? 'oci' : own);
  const staged: string[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(staged.map((path) => rm(path, { force: true })));
  };
  try {
    const layers: Layer[] = [];
    let changed = wanted !== own;
    for (const [index, layer] of manifest.layers.entries()) {
      const present = compressionOf(layer, image.config.diffIds[index] ?? '');
      const target = compression ?? present;
      const mediaType = layerType(wanted, target);
      const path = presentBlob(store, layer.digest);
      if (target === present) {
        layers.push({ digest: layer.digest, size: layer.size, path, mediaType });
        continue;
      }
      changed = true;
      const diffId = image.config.diffIds[index] ?? '';
      await checkContent(path, { digest: layer.digest, diffId }, Number.POSITIVE_INFINITY);
      staged.push(stagingPath(store));
      layers.push({ ...(await recodeLayer(path, target, staged.at(-1) ?? '')), mediaType });
    }
    const config = { ...manifest.config, path: presentBlob(store, manifest.config.digest) };
    if (!changed) {
      const bytes = readBlob(store, manifestDigest);
      const digest = parseDigest(manifestDigest);
      return { manifest: bytes, mediaType: manifest.mediaType, digest, config, layers, release };
    }
    const { mediaType, bytes } = writeManifest(image, wanted, layers);
    return { manifest: bytes, mediaType, digest: digestBytes(bytes), config, layers, release };
  } catch (error) {
    await release();
    throw error;
  }
}
