import { type OutgoingBlob, type Preparation, packGzip } from './convert.ts';
import { type Digest, parseDigest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { arrayAt, objectAt, parseObject } from './json-shape.ts';
import { layerFile } from './layer-source.ts';
import { readBlob } from './layout.ts';
import { mediaTypes } from './media-types.ts';
import { readDocument } from './stored-documents.ts';

/** A manifest or index of a list as it travels, with the blobs that it needs. */
export interface OutgoingDocument {
  bytes: Uint8Array;
  digest: Digest;
  mediaType: string;
  blobs: OutgoingBlob[];
}

function gzipType(plain: unknown): string {
  return plain === mediaTypes.dockerLayer ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip;
}

/**
 * A document of the store ready to leave it; `compress`: layers that have no blob become compressed with gzip, by which
 * its digest changes. Errors: `missing-blob`, `bad-digest`.
 */
export async function outgoingDocument(
  preparation: Preparation,
  digest: Digest,
  compress: boolean,
): Promise<OutgoingDocument> {
  const { store, staged } = preparation;
  const bytes = readBlob(store, digest);
  const { kind, mediaType, parts, content } = readDocument(bytes);
  if (kind === 'index') return { bytes, digest, mediaType, blobs: [] };
  const blobs: OutgoingBlob[] = [];
  const packed = new Map<string, OutgoingBlob>();
  for (const part of parts) {
    const made = compress ? await packGzip(preparation, part.digest) : null;
    if (made !== null) packed.set(part.digest, made);
    const { size } = part;
    const path = made ?? (await layerFile(store, part.digest, staged));
    blobs.push(typeof path === 'string' ? { digest: part.digest, size, path } : path);
  }
  if (packed.size === 0) return { bytes, digest, mediaType, blobs };
  const layers = arrayAt(content['layers'], 'layers').map((item, index) => {
    const layer = objectAt(item, `layers[${index}]`);
    const made = packed.get(String(layer['digest']));
    if (made === undefined) return layer;
    const { digest: digestOfIt, size } = made;
    return { ...layer, mediaType: gzipType(layer['mediaType']), digest: digestOfIt, size };
  });
  const changed = Buffer.from(JSON.stringify({ ...content, layers }));
  return { bytes: changed, digest: digestBytes(changed), mediaType, blobs };
}

/** A list that names documents as they travel, by the digests that they have in the store. */
export function outgoingIndex(
  bytes: Uint8Array,
  documents: ReadonlyMap<Digest, OutgoingDocument>,
): Uint8Array {
  const list = parseObject(bytes, 'the list');
  let changed = false;
  const manifests = arrayAt(list['manifests'], 'manifests').map((item, index) => {
    const entry = objectAt(item, `manifests[${index}]`);
    const digest = parseDigest(String(entry['digest']));
    const document = documents.get(digest);
    if (document === undefined || document.digest === digest) return entry;
    changed = true;
    return { ...entry, digest: document.digest, size: document.bytes.length };
  });
  return changed ? Buffer.from(JSON.stringify({ ...list, manifests })) : bytes;
}
