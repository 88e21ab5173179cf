import { rm } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import { clientOptions } from '../registry/access.ts';
import { createRegistryWriter } from '../registry/upload.ts';
import type { Digest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { hasBlob, readBlob } from './layout.ts';
import type { StoredList } from './lists.ts';
import { mediaTypes } from './media-types.ts';
import { type OutgoingDocument, outgoingDocument, outgoingIndex } from './outgoing-list.ts';
import { attachSignature } from './policy/attach.ts';
import { addSimpleSignature, makeSigstoreSignature } from './policy/sign.ts';
import { type PushOptions, pushBlobs } from './push.ts';
import { presentManifests, readDocument } from './stored-documents.ts';

export interface PushListOptions extends Omit<PushOptions, 'image' | 'conversion'> {
  list: StoredList;
  /** The manifests as well, and all that hangs on them. */
  all: boolean;
  /** Null: as it is. */
  format: 'oci' | 'v2s2' | null;
}

/** A list as it goes out: docker's kind knows no annotations, and nothing but docker's images. */
export function listBytes({
  store,
  list,
  format,
}: Pick<PushListOptions, 'store' | 'list' | 'format'>) {
  const own = readBlob(store, list.digest);
  const { mediaType: ownType, content } = readDocument(own);
  if (format === null || (format === 'oci') === (ownType === mediaTypes.ociIndex)) {
    return { bytes: own, mediaType: ownType };
  }
  if (format === 'oci') {
    const mediaType = mediaTypes.ociIndex;
    return { bytes: Buffer.from(JSON.stringify({ ...content, mediaType })), mediaType };
  }
  const foreign = list.entries.find(({ mediaType }) => mediaType !== mediaTypes.dockerManifest);
  if (foreign !== undefined) {
    throw new BryoError(
      'bad-conversion',
      `a list of the format v2s2 holds docker's images only, and ${foreign.digest} is ${foreign.mediaType}`,
    );
  }
  const manifests = list.entries.map(({ mediaType, size, digest, ...more }) => ({
    mediaType,
    size,
    digest,
    ...(more['platform'] !== undefined && { platform: more['platform'] }),
  }));
  const mediaType = mediaTypes.dockerList;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return { bytes, mediaType };
}

/** Throws BryoError `missing-blob` for a list that has entries which were never fetched. */
export function checkPresent({ store, list }: Pick<PushListOptions, 'store' | 'list'>): void {
  const missing = list.entries.find(({ digest }) => !hasBlob(store, digest));
  if (missing === undefined) return;
  throw new BryoError('missing-blob', `${missing.digest} of ${list.name} is not in the store`, {
    hint: 'remove it from the list, or add it again',
  });
}

/**
 * Sends a list, with `all` also what it lists, every byte as it is but for layers that the store has no blob of.
 * Resolves with the digest of the list as it was sent.
 */
export async function pushList(options: PushListOptions): Promise<string> {
  const { store, list, all, reference, place, signing } = options;
  const { bytes: own, mediaType } = listBytes(options);
  if (all) checkPresent(options);
  const connection = clientOptions(place, options);
  const writer = createRegistryWriter(connection);
  const staged: string[] = [];
  try {
    const manifests = all
      ? list.entries.flatMap((entry) => presentManifests(store, entry.digest))
      : [];
    const there = new Set<Digest>();
    const isThere = (one: Digest): Promise<boolean> => writer.hasBlob(one);
    const documents = new Map<Digest, OutgoingDocument>();
    for (const one of new Set(manifests)) {
      const compress = reference.digest === null && list.entries.some((e) => e.digest === one);
      const preparation = { store, staged, there, isThere };
      documents.set(one, await outgoingDocument(preparation, one, compress));
    }
    const bytes = outgoingIndex(own, documents);
    const digest = digestBytes(bytes);
    const where = { ...reference, domain: place.domain, path: place.path };
    const attached =
      signing.sigstoreKey === null
        ? null
        : makeSigstoreSignature(digest, reference, where, signing);
    for (const document of documents.values()) {
      const blobs = document.blobs.filter((blob) => !there.has(blob.digest));
      await pushBlobs(options, writer, blobs);
      await writer.putManifest(document.digest, document.mediaType, document.bytes);
    }
    if (signing.signBy !== null) {
      await addSimpleSignature({ digest, reference, place: where, signing, directory: null });
    }
    await writer.putManifest(reference.tag ?? digest, mediaType, bytes);
    if (attached !== null) await attachSignature(connection, writer, digest, attached);
    return digest;
  } finally {
    writer.close();
    for (const path of staged) await rm(path, { force: true });
  }
}
