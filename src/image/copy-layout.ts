import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store/paths.ts';
import { digestAlgorithm, digestHex, parseDigest } from './digest.ts';
import { arrayAt, parseObject } from './json-shape.ts';
import { commitImage, initLayout } from './layout.ts';
import { parseSingleManifest, readDescriptor } from './manifest.ts';

function blobBytes(layout: string, digest: string): Uint8Array {
  const checked = parseDigest(digest);
  return readFileSync(join(layout, 'blobs', digestAlgorithm(checked), digestHex(checked)));
}

/**
 * Takes the first image of a small and trusted OCI image layout into the store under a name; its
 * layers are unpacked when a container needs them.
 */
export async function copyLayoutImage(store: Store, layout: string, name: string): Promise<void> {
  const index = parseObject(readFileSync(join(layout, 'index.json')), 'index.json');
  const [entry] = arrayAt(index['manifests'], 'index.manifests');
  const { digest } = readDescriptor(entry, 'index.manifests[0]');
  const bytes = blobBytes(layout, digest);
  const manifest = parseSingleManifest(bytes);
  initLayout(store);
  const blobs = [...manifest.layers, manifest.config];
  commitImage(store, {
    descriptor: {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.length,
      annotations: {},
      platform: null,
    },
    manifest,
    names: [name],
    staged: new Map(),
    documents: new Map([
      ...blobs.map((blob) => [blob.digest, blobBytes(layout, blob.digest)] as const),
      [digest, bytes],
    ]),
  });
}
