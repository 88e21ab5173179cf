import { rm } from 'node:fs/promises';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import type { RunConfig } from './changes.ts';
import { digestHex } from './digest.ts';
import { digestBytes } from './hash.ts';
import { commitImage, initLayout, readBlob } from './layout.ts';
import { parseSingleManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import type { ResolvedImage } from './resolve.ts';
import { stageLayer } from './stage-layer.ts';

export interface CommitOptions {
  store: Store;
  layers: LayerSink;
  /** What the new image is built on. */
  base: ResolvedImage;
  /** The new layer, compressed with gzip. */
  layer: AsyncIterable<Uint8Array>;
  config: RunConfig;
  author: string;
  comment: string;
  createdBy: string;
  created: Date;
  /** Full reference; null: none. */
  name: string | null;
}

function newConfig(options: CommitOptions, diffId: string): Uint8Array {
  const { store, base, config, author, comment, createdBy } = options;
  const created = options.created.toISOString();
  const document = JSON.parse(
    Buffer.from(readBlob(store, base.manifest.config.digest)).toString('utf8'),
  );
  const history = [
    ...(Array.isArray(document.history) ? document.history : []),
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
      rootfs: { type: 'layers', diff_ids: [...base.config.diffIds, diffId] },
      history,
    }),
  );
}

/** Makes an image of a base and one further layer; resolves with its id. */
export async function commitLayer(options: CommitOptions): Promise<string> {
  const { store, base, name } = options;
  initLayout(store);
  const layer = await stageLayer(store, options.layers, options.layer);
  try {
    const configBytes = newConfig(options, layer.diffId);
    const configDigest = digestBytes(configBytes);
    const manifestBytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configBytes.length },
        layers: [
          ...base.manifest.layers.map(({ mediaType, digest, size }) => ({
            mediaType,
            digest,
            size,
          })),
          { mediaType: layer.mediaType, digest: layer.digest, size: layer.size },
        ],
      }),
    );
    const manifestDigest = digestBytes(manifestBytes);
    commitImage(store, {
      descriptor: {
        mediaType: mediaTypes.ociManifest,
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
    return digestHex(configDigest);
  } finally {
    await rm(layer.path, { force: true });
  }
}
