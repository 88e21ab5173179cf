import { createReadStream } from 'node:fs';
import type { Store } from '../store/paths.ts';
import { readPlain } from '../store/worker.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { digestAlgorithm, digestHex, parseDigest } from './digest.ts';
import { presentBlob, readBlob } from './layout.ts';
import { mediaTypes } from './media-types.ts';
import type { ResolvedImage } from './resolve.ts';

/** An image to save, with the names that go with it. */
export interface SavedImage {
  image: ResolvedImage;
  /** Full references; none: it was asked for by its id. */
  names: readonly string[];
  /** Bytes of each uncompressed layer. */
  plainSizes: readonly number[];
}

const nameAnnotation = 'org.opencontainers.image.ref.name';
const piece = 1 << 20;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function addBytes(writer: ArchiveWriter, name: string, bytes: Uint8Array): Promise<void> {
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

/** An OCI image layout (image-layout.md): every blob as it is, so that digests stay the same. */
export async function saveOci(
  store: Store,
  images: readonly SavedImage[],
  writer: ArchiveWriter,
): Promise<void> {
  await addJson(writer, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  const manifests = images.flatMap(({ image, names }) => {
    const { manifest, manifestDigest } = image;
    const size = readBlob(store, manifestDigest).length;
    const descriptor = { mediaType: manifest.mediaType, digest: manifestDigest, size };
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({ ...descriptor, annotations: { [nameAnnotation]: name } }));
  });
  await addJson(writer, 'index.json', {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
  });
  const blobs = new Map<string, number>();
  for (const { image } of images) {
    const { manifest, manifestDigest } = image;
    blobs.set(manifestDigest, readBlob(store, manifestDigest).length);
    for (const { digest, size } of [manifest.config, ...manifest.layers]) blobs.set(digest, size);
  }
  for (const [text, size] of blobs) {
    const digest = parseDigest(text);
    const name = `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
    await writer.add(name, size, readFileBytes(presentBlob(store, text)));
  }
  await writer.finish();
}

/** What `docker save` writes: layers uncompressed, `manifest.json` at the end. */
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
      await writer.add(name, plainSizes[index] ?? 0, readPlain(presentBlob(store, digest)));
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
