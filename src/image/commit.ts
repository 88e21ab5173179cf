import { rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { digestHex } from './digest.ts';
import { digestBytes } from './hash.ts';
import { commitImage, initLayout, readBlob } from './layout.ts';
import { parseSingleManifest } from './manifest.ts';
import { layerCompression, mediaTypes } from './media-types.ts';
import type { PullProgress } from './progress.ts';
import type { ResolvedImage } from './resolve.ts';
import type { ImageSettings } from './settings.ts';
import { stageLayer } from './stage-layer.ts';

/** The maker of the media types that an image has. */
export type ImageFormat = 'oci' | 'docker';

export interface CommitOptions {
  store: Store;
  layers: LayerSink;
  /** The image that the new one is built on. */
  base: ResolvedImage;
  /** The new layer, compressed with gzip. */
  layer: AsyncIterable<Uint8Array>;
  config: ImageSettings;
  author: string;
  comment: string;
  createdBy: string;
  created: Date;
  /** Full reference; null: none. */
  name: string | null;
  /** The layer stands for those of the base, too. */
  squash: boolean;
  format: ImageFormat;
}

function newConfig(options: CommitOptions, diffId: string): Uint8Array {
  const { store, base, config, author, comment, createdBy, squash } = options;
  const created = options.created.toISOString();
  const document = JSON.parse(
    Buffer.from(readBlob(store, base.manifest.config.digest)).toString('utf8'),
  );
  const history = [
    ...(Array.isArray(document.history) && !squash ? document.history : []),
    {
      created,
      created_by: createdBy,
      ...(author !== '' && { author }),
      ...(comment !== '' && { comment }),
    },
  ];
  return Buffer.from(
    JSON.stringify({
      ...document,
      created,
      ...(author !== '' && { author }),
      config: { ...document.config, ...config },
      rootfs: { type: 'layers', diff_ids: [...(squash ? [] : base.config.diffIds), diffId] },
      // docker's own place for the message.
      ...(options.format === 'docker' && { comment }),
      history,
    }),
  );
}

interface PartTypes {
  manifest: string;
  config: string;
  /** The format's name for a layer of that type. */
  layer(mediaType: string): string;
}

/** The names of the parts of an image in its format. */
function typesOf(format: ImageFormat): PartTypes {
  if (format === 'docker') {
    const { dockerManifest, dockerConfig } = mediaTypes;
    return { manifest: dockerManifest, config: dockerConfig, layer: dockerLayerType };
  }
  const { ociManifest, ociConfig } = mediaTypes;
  return { manifest: ociManifest, config: ociConfig, layer: ociLayerType };
}

function ociLayerType(mediaType: string): string {
  const compression = layerCompression(mediaType);
  if (compression === 'none') return mediaTypes.ociLayer;
  return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
}

/** docker knows layers as they are and layers compressed with gzip. */
function dockerLayerType(mediaType: string): string {
  const compression = layerCompression(mediaType);
  if (compression === 'none') return mediaTypes.dockerLayer;
  if (compression === 'gzip') return mediaTypes.dockerLayerGzip;
  throw new BryoError(
    'unsupported',
    `--format docker: a layer of the image is ${mediaType}, which docker has no type for`,
    { hint: 'use --format oci, or --squash' },
  );
}

/** Makes an image of a base and one further layer; resolves with its id. */
export async function commitLayer(
  options: CommitOptions,
  onProgress: (event: PullProgress) => void,
): Promise<string> {
  const { store, base, name } = options;
  initLayout(store);
  const types = typesOf(options.format);
  const kept = options.squash ? [] : base.manifest.layers;
  const below = kept.map(({ mediaType, digest, size }) => ({
    mediaType: types.layer(mediaType),
    digest,
    size,
  }));
  for (const { digest } of below) onProgress({ kind: 'exists', digest });
  const layer = await stageLayer(store, options.layers, options.layer);
  try {
    onProgress({ kind: 'done', digest: layer.digest });
    const configBytes = newConfig(options, layer.diffId);
    const configDigest = digestBytes(configBytes);
    onProgress({ kind: 'config', digest: configDigest });
    const manifestBytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: types.manifest,
        config: { mediaType: types.config, digest: configDigest, size: configBytes.length },
        layers: [
          ...below,
          { mediaType: types.layer(layer.mediaType), digest: layer.digest, size: layer.size },
        ],
      }),
    );
    const manifestDigest = digestBytes(manifestBytes);
    commitImage(store, {
      descriptor: {
        mediaType: types.manifest,
        digest: manifestDigest,
        size: manifestBytes.length,
        annotations: {},
        platform: null,
      },
      manifest: parseSingleManifest(manifestBytes),
      names: name === null ? [] : [name],
      staged: new Map([[layer.digest, layer.path]]),
      documents: new Map([
        [configDigest, configBytes],
        [manifestDigest, manifestBytes],
      ]),
    });
    options.layers.settle([layer.diffId]);
    onProgress({ kind: 'manifest' });
    return digestHex(configDigest);
  } finally {
    await rm(layer.path, { force: true });
  }
}
