import { digestHex } from '../image/digest.ts';
import { digestBytes } from '../image/hash.ts';
import { commitImage, initLayout, readIndex } from '../image/layout.ts';
import { type Descriptor, parseSingleManifest } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { syncFilesystem } from '../native/locks.ts';
import type { Store } from '../store/paths.ts';
import { configBytes, type ImageState } from './config-document.ts';
import { layerType } from './make-layer.ts';
import type { Workspace } from './workspace.ts';

/** An image that is to enter the store. */
export interface NewImage {
  state: ImageState;
  format: 'oci' | 'docker';
  annotations: Record<string, string>;
  /** Full references; none: it gets no name. */
  names: readonly string[];
}

/** An image in the store. */
export interface CommittedImage {
  /** Hex of the configuration's digest. */
  id: string;
  manifestDigest: string;
}

/** The id (hex) that the image would have as it is now. */
export function stateId(state: ImageState, format: 'oci' | 'docker'): string {
  return digestHex(digestBytes(configBytes(state, format)));
}

function manifestBytes({ state, format, annotations }: NewImage, config: Descriptor): Uint8Array {
  const type = format === 'oci' ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
  const { mediaType, digest, size } = config;
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: { mediaType, digest, size },
      layers: state.layers.map((layer) => ({
        mediaType: layerType(layer.mediaType, format),
        digest: layer.digest,
        size: layer.size,
      })),
      ...(format === 'oci' && Object.keys(annotations).length > 0 && { annotations }),
    }),
  );
}

/** Whether the store has the image with all these names already. */
function isThere(store: Store, digest: string, names: readonly string[]): boolean {
  const entries = readIndex(store).filter(({ descriptor }) => descriptor.digest === digest);
  if (names.length === 0) return entries.length > 0;
  return names.every((name) => entries.some((entry) => entry.name === name));
}

/** Puts the image into the store. Errors: those of `commitImage`. */
export function enterImage({ engine, layers }: Workspace, image: NewImage): CommittedImage {
  const { store } = engine;
  const { state, format, names } = image;
  initLayout(store);
  const config = configBytes(state, format);
  const configDigest = digestBytes(config);
  const configType = format === 'oci' ? mediaTypes.ociConfig : mediaTypes.dockerConfig;
  const described: Descriptor = {
    mediaType: configType,
    digest: configDigest,
    size: config.length,
    annotations: {},
    platform: null,
  };
  const manifest = manifestBytes(image, described);
  const digest = digestBytes(manifest);
  const committed = { id: digestHex(configDigest), manifestDigest: digest };
  if (isThere(store, digest, names)) return committed;
  const parsed = parseSingleManifest(manifest);
  // Layers without a blob cannot be unpacked again: that they are on the disk must be there before the image is.
  syncFilesystem(store.root);
  layers.settle(state.layers.map(({ diffId }) => diffId));
  commitImage(store, {
    descriptor: {
      mediaType: parsed.mediaType,
      digest,
      size: manifest.length,
      annotations: {},
      platform: null,
    },
    manifest: parsed,
    names,
    staged: new Map(),
    documents: new Map([
      [configDigest, config],
      [digest, manifest],
    ]),
  });
  return committed;
}
