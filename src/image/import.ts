import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { applyChanges } from './changes.ts';
import { digestHex } from './digest.ts';
import { digestBytes } from './hash.ts';
import { commitImage, initLayout } from './layout.ts';
import { type Platform, parseSingleManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { stageLayer } from './stage-layer.ts';

export interface ImportOptions {
  store: Store;
  layers: LayerSink;
  source: Readable;
  /** Full reference; null: none. */
  name: string | null;
  message: string;
  /** `--change` words: `CMD ["sh"]`, `ENV A=1`, … */
  changes: readonly string[];
  /** The platform of the files. */
  platform: Platform;
}

/** Makes an image of one layer from a tar of a root filesystem; resolves with its id. */
export async function importTarball(options: ImportOptions): Promise<string> {
  const { store, layers } = options;
  const config = applyChanges({}, options.changes);
  initLayout(store);
  const layer = await stageLayer(store, layers, options.source as AsyncIterable<Buffer>);
  const created = new Date().toISOString();
  const { os, architecture, variant } = options.platform;
  const configBytes = Buffer.from(
    JSON.stringify({
      created,
      os,
      architecture,
      ...(variant !== null && { variant }),
      config,
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created, comment: options.message }],
    }),
  );
  const configDigest = digestBytes(configBytes);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configBytes.length },
      layers: [{ mediaType: layer.mediaType, digest: layer.digest, size: layer.size }],
    }),
  );
  try {
    commitImage(store, {
      descriptor: {
        mediaType: mediaTypes.ociManifest,
        digest: digestBytes(manifest),
        size: manifest.length,
        annotations: {},
        platform: null,
      },
      manifest: parseSingleManifest(manifest),
      names: options.name === null ? [] : [options.name],
      staged: new Map([[layer.digest, layer.path]]),
      documents: new Map([
        [configDigest, configBytes],
        [digestBytes(manifest), manifest],
      ]),
    });
  } finally {
    await rm(layer.path, { force: true });
  }
  layers.settle([layer.diffId]);
  return digestHex(configDigest);
}
