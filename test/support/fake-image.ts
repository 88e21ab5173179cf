import { digestHex } from '../../src/image/digest.ts';
import { digestBytes } from '../../src/image/hash.ts';
import { commitImage, initLayout } from '../../src/image/layout.ts';
import { parseSingleManifest } from '../../src/image/manifest.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import type { Store } from '../../src/store/paths.ts';

/** The documents of an image that has no files: nothing of it has to be unpacked. */
export interface ImageDocuments {
  config: Buffer;
  manifest: Buffer;
}

/** What an image says of its containers, with the names of OCI's `config` object. */
export function imageDocuments(config: object = { Cmd: ['sh'] }): ImageDocuments {
  const { os, architecture } = hostPlatform(process.arch);
  const rootfs = { type: 'layers', diff_ids: [] };
  const text = Buffer.from(JSON.stringify({ os, architecture, config, rootfs }));
  const descriptor = {
    mediaType: mediaTypes.ociConfig,
    digest: digestBytes(text),
    size: text.length,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: [],
  };
  return { config: text, manifest: Buffer.from(JSON.stringify(manifest)) };
}

/** Puts an image into a store under a full reference; gives its id. */
export function addImage(store: Store, name: string, config?: object): string {
  const documents = imageDocuments(config);
  const [configDigest, digest] = [digestBytes(documents.config), digestBytes(documents.manifest)];
  initLayout(store);
  commitImage(store, {
    descriptor: {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: documents.manifest.length,
      annotations: {},
      platform: null,
    },
    manifest: parseSingleManifest(documents.manifest),
    names: [name],
    staged: new Map(),
    documents: new Map([
      [configDigest, documents.config],
      [digest, documents.manifest],
    ]),
  });
  return digestHex(configDigest);
}
