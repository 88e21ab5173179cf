import { rm } from 'node:fs/promises';
import type { Store } from '../store/paths.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { type Digest, digestHex } from './digest.ts';
import { layerFile } from './layer-source.ts';
import { readBlob } from './layout.ts';
import type { StoredList } from './lists.ts';
import type { Descriptor } from './manifest.ts';
import { addBlob, addBytes, layoutName } from './save.ts';
import { presentManifests, readDocument } from './stored-documents.ts';

/** A list as it leaves the store. */
export interface OutgoingList {
  bytes: Uint8Array;
  digest: Digest;
  mediaType: string;
  /** The manifests that go with it, and what hangs on them. */
  manifests: Map<Digest, Uint8Array>;
  blobs: Map<Digest, Descriptor>;
}

/** A list with these bytes and, if they are to go with it, what it lists. */
export function outgoingList(
  store: Store,
  list: StoredList,
  { all, ...head }: Pick<OutgoingList, 'bytes' | 'digest' | 'mediaType'> & { all: boolean },
): OutgoingList {
  const digests = all ? list.entries.flatMap(({ digest }) => presentManifests(store, digest)) : [];
  const manifests = new Map(
    [...new Set(digests)].map((digest) => [digest, readBlob(store, digest)] as const),
  );
  const blobs = new Map<Digest, Descriptor>();
  for (const bytes of manifests.values()) {
    const { kind, parts } = readDocument(bytes);
    if (kind === 'manifest') for (const part of parts) blobs.set(part.digest, part);
  }
  return { ...head, manifests, blobs };
}

async function addAll(
  store: Store,
  { manifests, blobs }: OutgoingList,
  writer: ArchiveWriter,
  names: { manifest(digest: Digest): string; blob(digest: Digest): string },
): Promise<void> {
  for (const [digest, bytes] of manifests) await addBytes(writer, names.manifest(digest), bytes);
  for (const [digest, { size }] of blobs) {
    const staged: string[] = [];
    try {
      const path = await layerFile(store, digest, staged);
      await addBlob(writer, names.blob(digest), { digest, size, path });
    } finally {
      for (const made of staged) await rm(made, { force: true });
    }
  }
}

/** The blobs of an OCI image layout, for a writer that keeps the index itself. */
export async function saveListBlobs(
  store: Store,
  list: OutgoingList,
  writer: ArchiveWriter,
): Promise<void> {
  await addBytes(writer, layoutName(list.digest), list.bytes);
  await addAll(store, list, writer, { manifest: layoutName, blob: layoutName });
}

/** The form `dir:`: each manifest under its digest, beside that of the list. */
export async function saveListDir(
  store: Store,
  list: OutgoingList,
  writer: ArchiveWriter,
): Promise<void> {
  await addBytes(writer, 'version', Buffer.from('Directory Transport Version: 1.1\n'));
  await addBytes(writer, 'manifest.json', list.bytes);
  await addAll(store, list, writer, {
    manifest: (digest) => `${digestHex(digest)}.manifest.json`,
    blob: digestHex,
  });
  await writer.finish();
}
