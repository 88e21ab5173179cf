import type { Store } from '../store/paths.ts';
import { type Digest, isDigest } from './digest.ts';
import { arrayAt, type JsonObject, parseObject } from './json-shape.ts';
import { hasBlob, readBlob } from './layout.ts';
import { type Descriptor, readDescriptor } from './manifest.ts';
import { isIndexType, mediaTypes } from './media-types.ts';

/**
 * A manifest or index of which nothing is known but its form: an image, or an artifact of whatever
 * kind. It is kept and handed on as it is.
 */
export interface StoredDocument {
  kind: 'manifest' | 'index';
  mediaType: string;
  /** The config and the layers, or the manifests of an index. */
  parts: Descriptor[];
  content: JsonObject;
}

const partLimit = 2048;

/** Reads a document's form. Errors: `bad-image`. */
export function readDocument(bytes: Uint8Array, transportType = ''): StoredDocument {
  const content = parseObject(bytes, 'manifest');
  const isIndex = content['manifests'] !== undefined;
  const type = content['mediaType'] ?? transportType;
  const fallback = isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const mediaType = typeof type === 'string' && type !== '' ? type : fallback;
  const list = (name: string) => arrayAt(content[name] ?? [], name).slice(0, partLimit);
  const parts = isIndex
    ? list('manifests')
    : [...(content['config'] === undefined ? [] : [content['config']]), ...list('layers')];
  return {
    kind: isIndex || isIndexType(mediaType) ? 'index' : 'manifest',
    mediaType,
    parts: parts.map((part, index) => readDescriptor(part, `manifest.parts[${index}]`)),
    content,
  };
}

/**
 * Adds the digests of a document and of all that hangs on it to `needed`. Of an index the manifests
 * may be missing that were never fetched. Errors: `missing-blob`, `bad-image`.
 */
export function addNeeded(store: Store, digest: string, needed: Set<string>): void {
  if (needed.has(digest) || !isDigest(digest)) return;
  needed.add(digest);
  const { kind, parts } = readDocument(readBlob(store, digest));
  for (const part of parts) {
    if (kind === 'manifest') needed.add(part.digest);
    else if (hasBlob(store, part.digest)) addNeeded(store, part.digest, needed);
  }
}

/** The digests of the manifests that hang on a document and are in the store, itself last. */
export function presentManifests(store: Store, digest: Digest, seen = new Set<Digest>()): Digest[] {
  if (seen.has(digest)) return [];
  seen.add(digest);
  const { kind, parts } = readDocument(readBlob(store, digest));
  if (kind === 'manifest') return [digest];
  const inner = parts.flatMap((part) =>
    hasBlob(store, part.digest) ? presentManifests(store, part.digest, seen) : [],
  );
  return [...inner, digest];
}
