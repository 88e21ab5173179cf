import { createReadStream } from 'node:fs';
import { homedir } from 'node:os';
import type { Credentials } from '../registry/auth-file.ts';
import { createRegistryWriter, type RegistryWriter } from '../registry/upload.ts';
import type { Store } from '../store/paths.ts';
import type { PullProgress } from './ingest.ts';
import { presentBlob, readBlob } from './layout.ts';
import type { Descriptor } from './manifest.ts';
import { parseReference, type Reference } from './reference.ts';
import { listImages, type ResolvedImage } from './resolve.ts';
import type { ImageSource } from './sources.ts';

export interface PushOptions {
  store: Store;
  image: ResolvedImage;
  /** Its name, and where that is by registries.conf. */
  reference: Reference;
  place: ImageSource;
  tlsVerify: boolean;
  authFile: string | null;
  credentials?: Credentials;
  onProgress(event: PullProgress): void;
}

const parallelBlobs = 3;
const piece = 1 << 20;

/** Other repositories of the same registry that have a blob, as the store's names tell. */
function otherRepositories({ store, reference }: PushOptions): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const { names, manifest } of listImages(store)) {
    for (const name of names) {
      const { domain, path } = parseReference(name);
      if (domain !== reference.domain || path === reference.path) continue;
      for (const { digest } of manifest.layers) {
        known.set(digest, (known.get(digest) ?? new Set()).add(path));
      }
    }
  }
  return known;
}

async function pushBlob(
  options: PushOptions,
  writer: RegistryWriter,
  blob: Descriptor,
  elsewhere: ReadonlySet<string>,
): Promise<void> {
  const { store, onProgress } = options;
  const { digest, size } = blob;
  if (await writer.hasBlob(digest)) {
    onProgress({ kind: 'exists', digest });
    return;
  }
  for (const repository of elsewhere) {
    if (await writer.mountBlob(digest, repository)) {
      onProgress({ kind: 'exists', digest });
      return;
    }
  }
  const path = presentBlob(store, digest);
  onProgress({ kind: 'start', digest, total: size });
  await writer.putBlob({
    digest,
    size,
    async *read(offset) {
      let received = offset;
      for await (const chunk of createReadStream(path, { start: offset, highWaterMark: piece })) {
        const bytes = chunk as Uint8Array;
        received += bytes.length;
        onProgress({ kind: 'progress', digest, received, total: size });
        yield bytes;
      }
    },
  });
  onProgress({ kind: 'done', digest });
}

/** Runs tasks a few at a time; the first failure ends it once those under way are done. */
async function inParallel<T>(tasks: readonly T[], action: (task: T) => Promise<void>) {
  const queue = [...tasks];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await action(task).catch((error: unknown) => {
        failures.push(error);
        queue.length = 0;
      });
    }
  };
  await Promise.all(Array.from({ length: parallelBlobs }, work));
  if (failures.length > 0) throw failures[0];
}

/**
 * Sends an image as it is in the store: layers that the registry lacks, the config, and last the
 * manifest under the reference's tag or digest. Resolves with the manifest's digest.
 */
export async function pushImage(options: PushOptions): Promise<string> {
  const { store, image, reference } = options;
  const { manifest, manifestDigest } = image;
  const writer = createRegistryWriter({
    host: options.place.domain,
    repository: options.place.path,
    tlsVerify: options.tlsVerify && !options.place.insecure,
    authFile: options.authFile,
    ...(options.credentials && { credentials: options.credentials }),
    env: process.env,
    home: homedir(),
  });
  try {
    const elsewhere = otherRepositories(options);
    const blobs = new Map(
      [...manifest.layers, manifest.config].map((blob) => [blob.digest, blob] as const),
    );
    await inParallel([...blobs.values()], (blob) =>
      pushBlob(options, writer, blob, elsewhere.get(blob.digest) ?? new Set()),
    );
    const bytes = readBlob(store, manifestDigest);
    const target = reference.digest ?? reference.tag ?? 'latest';
    await writer.putManifest(target, manifest.mediaType, bytes);
    return manifestDigest;
  } finally {
    writer.close();
  }
}
