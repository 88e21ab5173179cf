import { createReadStream } from 'node:fs';
import type { Store } from '../store/paths.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import type { OutgoingImage } from './convert.ts';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';
import { StreamVerifier } from './hash.ts';
import { plainLayer } from './layer-source.ts';
import { readBlob } from './layout.ts';
import { mediaTypes } from './media-types.ts';
import type { ResolvedImage } from './resolve.ts';

/** An image to save as docker does, with the names that go with it. */
export interface SavedImage {
  image: ResolvedImage;
  /** Full references; none: it was asked for by its id. */
  names: readonly string[];
  /** Bytes of each uncompressed layer. */
  plainSizes: readonly number[];
}

/** An image to save as it leaves the store. */
export interface NamedImage {
  outgoing: OutgoingImage;
  names: readonly string[];
}

const nameAnnotation = 'org.opencontainers.image.ref.name';
const piece = 1 << 20;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Adds a file of these bytes. */
export async function addBytes(
  writer: ArchiveWriter,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  await writer.add(name, bytes.length, once(bytes));
}

function addJson(writer: ArchiveWriter, name: string, value: unknown): Promise<void> {
  return addBytes(writer, name, Buffer.from(JSON.stringify(value)));
}

async function* readFileBytes(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: piece })) {
    yield chunk as Uint8Array;
  }
}

/** Hands bytes on, and fails in the end unless they are what a digest names: the store may be damaged. */
async function* verified(
  source: AsyncIterable<Uint8Array>,
  digest: Digest,
  size: number,
): AsyncGenerator<Uint8Array> {
  const verifier = new StreamVerifier(digest, size);
  for await (const part of source) {
    verifier.update(part);
    yield part;
  }
  verifier.finish();
}

/** Adds a blob of the store's under a name. */
export async function addBlob(
  writer: ArchiveWriter,
  name: string,
  { digest, size, path }: { digest: Digest; size: number; path: string },
): Promise<void> {
  await writer.add(name, size, verified(readFileBytes(path), digest, size));
}

/** The entries of an index for images under their names. */
export function indexEntries(images: readonly NamedImage[]): object[] {
  return images.flatMap(({ outgoing, names }): object[] => {
    const { mediaType, digest, manifest } = outgoing;
    const descriptor = { mediaType, digest, size: manifest.length };
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({ ...descriptor, annotations: { [nameAnnotation]: name } }));
  });
}

/** Adds the blobs of images, each once, under names that `nameOf` gives. */
async function addBlobs(
  images: readonly NamedImage[],
  writer: ArchiveWriter,
  nameOf: (digest: Digest) => string,
): Promise<void> {
  const manifests = new Map(
    images.map(({ outgoing }) => [outgoing.digest, outgoing.manifest] as const),
  );
  for (const [digest, bytes] of manifests) await addBytes(writer, nameOf(digest), bytes);
  const blobs = new Map(
    images.flatMap(({ outgoing }) =>
      [outgoing.config, ...outgoing.layers].map((blob) => [blob.digest, blob] as const),
    ),
  );
  for (const { digest, size, path } of blobs.values()) {
    if (manifests.has(digest)) continue;
    await addBlob(writer, nameOf(digest), { digest, size, path });
  }
}

/** The name of a blob in an OCI image layout. */
export function layoutName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The blobs of an OCI image layout, for a writer that keeps the index itself. */
export function saveBlobs(images: readonly NamedImage[], writer: ArchiveWriter): Promise<void> {
  return addBlobs(images, writer, layoutName);
}

/** The files of an OCI image layout besides its blobs. */
export async function saveLayoutHead(
  manifests: readonly object[],
  writer: ArchiveWriter,
): Promise<void> {
  await addJson(writer, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  await addJson(writer, 'index.json', index);
}

/** An OCI image layout (image-layout.md): every blob as it is, so that digests stay the same. */
export async function saveOci(images: readonly NamedImage[], writer: ArchiveWriter): Promise<void> {
  await saveLayoutHead(indexEntries(images), writer);
  await saveBlobs(images, writer);
  await writer.finish();
}

/** Writes the form that other tools call `dir:`: a manifest, and the blobs beside it. */
export async function saveDir(outgoing: OutgoingImage, writer: ArchiveWriter): Promise<void> {
  await addBytes(writer, 'version', Buffer.from('Directory Transport Version: 1.1\n'));
  await addBytes(writer, 'manifest.json', outgoing.manifest);
  for (const { digest, size, path } of [outgoing.config, ...outgoing.layers]) {
    await addBlob(writer, digestHex(digest), { digest, size, path });
  }
  await writer.finish();
}

/** Writes the form of `docker save`: layers uncompressed, `manifest.json` at the end. */
export async function saveDocker(
  store: Store,
  images: readonly SavedImage[],
  writer: ArchiveWriter,
): Promise<void> {
  const added = new Set<string>();
  const entries: unknown[] = [];
  for (const { image, names, plainSizes } of images) {
    const layers: string[] = [];
    for (const [index, diffId] of image.config.diffIds.entries()) {
      const name = `${digestHex(diffId)}.tar`;
      layers.push(name);
      if (added.has(name)) continue;
      added.add(name);
      const digest = image.manifest.layers[index]?.digest ?? '';
      const size = plainSizes[index] ?? 0;
      await writer.add(name, size, verified(plainLayer(store, digest), diffId, size));
    }
    const config = `${image.id}.json`;
    if (!added.has(config)) {
      added.add(config);
      await addBytes(writer, config, readBlob(store, image.manifest.config.digest));
    }
    entries.push({ Config: config, RepoTags: names, Layers: layers });
  }
  await addJson(writer, 'manifest.json', entries);
  await writer.finish();
}
