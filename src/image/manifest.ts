import { BryoError } from '../base/errors.ts';
import { type Digest, isDigest } from './digest.ts';
import {
  arrayAt,
  countAt,
  type JsonObject,
  malformed,
  objectAt,
  optional,
  parseObject,
  stringAt,
  stringMapAt,
} from './json-shape.ts';
import {
  isConfigType,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  mediaTypes,
} from './media-types.ts';

export interface Platform {
  os: string;
  architecture: string;
  variant: string | null;
}

/** OCI content descriptor, checked. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  annotations: Record<string, string>;
  platform: Platform | null;
}

/** One image for one platform. */
export interface Manifest {
  kind: 'manifest';
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations: Record<string, string>;
}

/** Manifests of several platforms: an OCI index or a Docker manifest list. */
export interface ManifestIndex {
  kind: 'index';
  mediaType: string;
  manifests: Descriptor[];
}

/** Overlayfs stacks no more layers (OVL_MAX_STACK). */
export const layerLimit = 500;
const entryLimit = 1024;
const sizeLimit = 2 ** 40;

function readPlatform(value: unknown, path: string): Platform {
  const platform = objectAt(value, path);
  return {
    os: stringAt(platform['os'], `${path}.os`),
    architecture: stringAt(platform['architecture'], `${path}.architecture`),
    variant: optional(platform['variant'], `${path}.variant`, stringAt) || null,
  };
}

/** Checks a descriptor's form; the digest is safe in paths afterwards. Errors: `bad-image`. */
export function readDescriptor(value: unknown, path: string): Descriptor {
  const descriptor = objectAt(value, path);
  const digest = descriptor['digest'];
  if (!isDigest(digest)) throw malformed(`${path}.digest`, 'is not a valid digest');
  return {
    mediaType: stringAt(descriptor['mediaType'], `${path}.mediaType`),
    digest,
    size: countAt(descriptor['size'], `${path}.size`, sizeLimit),
    annotations: optional(descriptor['annotations'], `${path}.annotations`, stringMapAt) ?? {},
    platform: optional(descriptor['platform'], `${path}.platform`, readPlatform),
  };
}

function readLayer(value: unknown, path: string): Descriptor {
  const layer = readDescriptor(value, path);
  if (isForeignLayerType(layer.mediaType)) {
    throw malformed(path, 'is kept outside the registry (a foreign layer), which is not supported');
  }
  if (!isLayerType(layer.mediaType)) {
    throw malformed(path, `has the unknown media type ${JSON.stringify(layer.mediaType)}`);
  }
  return layer;
}

function readManifest(document: JsonObject, mediaType: string, path: string): Manifest {
  const config = readDescriptor(document['config'], `${path}.config`);
  if (!isConfigType(config.mediaType)) {
    throw new BryoError(
      'not-an-image',
      `this is an artifact and not a container image: its config is ${JSON.stringify(config.mediaType)}`,
    );
  }
  const layers = arrayAt(document['layers'], `${path}.layers`);
  if (layers.length > layerLimit) throw malformed(path, `has more than ${layerLimit} layers`);
  return {
    kind: 'manifest',
    mediaType,
    config,
    layers: layers.map((layer, index) => readLayer(layer, `${path}.layers[${index}]`)),
    annotations: optional(document['annotations'], `${path}.annotations`, stringMapAt) ?? {},
  };
}

function readIndex(document: JsonObject, mediaType: string, path: string): ManifestIndex {
  const manifests = arrayAt(document['manifests'], `${path}.manifests`);
  if (manifests.length > entryLimit) throw malformed(path, `has more than ${entryLimit} entries`);
  return {
    kind: 'index',
    mediaType,
    manifests: manifests.map((entry, index) =>
      readDescriptor(entry, `${path}.manifests[${index}]`),
    ),
  };
}

/**
 * The document's own media type decides; the transport's only where the document has none, and a
 * document that could be read both ways is refused (OCI image-spec security advisory
 * GHSA-77vh-xpmg-72qh).
 */
function decideMediaType(document: JsonObject, transportType: string, path: string): string {
  const own = optional(document['mediaType'], `${path}.mediaType`, stringAt);
  const hasList = document['manifests'] !== undefined;
  const hasLayers = document['layers'] !== undefined || document['config'] !== undefined;
  if (hasList && hasLayers) throw malformed(path, 'is ambiguous: both a manifest and an index');
  if (document['fsLayers'] !== undefined) throw malformed(path, 'is of the obsolete schema 1');
  const known = (type: string) => isIndexType(type) || isManifestType(type);
  const fallback = hasList ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const mediaType = own ?? (known(transportType) ? transportType : fallback);
  if (!known(mediaType))
    throw malformed(path, `has the unknown media type ${JSON.stringify(mediaType)}`);
  if (isIndexType(mediaType) !== hasList) {
    throw malformed(path, 'does not hold what its media type says');
  }
  return mediaType;
}

/**
 * Parses and checks a manifest or index. `transportType` is what the registry or the descriptor
 * called it ('' if nothing did). Errors: `bad-image`.
 */
export function parseManifest(
  bytes: Uint8Array,
  transportType = '',
  path = 'manifest',
): Manifest | ManifestIndex {
  const document = parseObject(bytes, path);
  if (document['schemaVersion'] !== 2) throw malformed(path, 'is not of schema version 2');
  const mediaType = decideMediaType(document, transportType, path);
  return isIndexType(mediaType)
    ? readIndex(document, mediaType, path)
    : readManifest(document, mediaType, path);
}

/** As parseManifest, for places where only a manifest of one platform will do. */
export function parseSingleManifest(bytes: Uint8Array, transportType = ''): Manifest {
  const parsed = parseManifest(bytes, transportType);
  if (parsed.kind === 'index') throw malformed('manifest', 'is an index within an index');
  return parsed;
}
