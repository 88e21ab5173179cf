import { createReadStream } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { clientOptions, type RegistryAccess } from '../registry/access.ts';
import { createRegistryWriter, type RegistryWriter } from '../registry/upload.ts';
import type { Store } from '../store/paths.ts';
import {
  type Conversion,
  type OutgoingBlob,
  type OutgoingImage,
  prepareOutgoing,
} from './convert.ts';
import { mediaTypes } from './media-types.ts';
import { attachSignature } from './policy/attach.ts';
import { addSimpleSignature, makeSigstoreSignature, type Signing } from './policy/sign.ts';
import type { PullProgress } from './progress.ts';
import { parseReference, type Reference } from './reference.ts';
import { listImages, type ResolvedImage } from './resolve.ts';
import type { ImageSource } from './sources.ts';

export interface PushOptions extends RegistryAccess {
  store: Store;
  image: ResolvedImage;
  /** The image's name, and where that is by registries.conf. */
  reference: Reference;
  place: ImageSource;
  conversion: Conversion;
  signing: Signing;
  onProgress(event: PullProgress): void;
  /** How many layers are sent at a time; absent: as many as usual. */
  parallel?: number;
}

/** The parts of a push that sending blobs needs. */
export type PushTarget = Pick<PushOptions, 'store' | 'reference' | 'onProgress' | 'parallel'>;

const usualParallel = 3;
const piece = 1 << 20;

/** Other repositories of the same registry that have a blob, as the store's names tell. */
function otherRepositories({ store, reference }: PushTarget): Map<string, Set<string>> {
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
  options: PushTarget,
  writer: RegistryWriter,
  blob: OutgoingBlob,
  elsewhere: ReadonlySet<string>,
): Promise<void> {
  const { onProgress } = options;
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
  onProgress({ kind: 'start', digest, total: size });
  await putFile(writer, blob, onProgress);
  onProgress({ kind: 'done', digest });
}

async function putFile(
  writer: RegistryWriter,
  { digest, size, path }: OutgoingBlob,
  onProgress: PushOptions['onProgress'],
): Promise<void> {
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
}

/** Sends a file as a blob, unless the registry has it. */
export async function sendBlob(writer: RegistryWriter, blob: OutgoingBlob): Promise<void> {
  if (!(await writer.hasBlob(blob.digest))) await putFile(writer, blob, () => undefined);
}

/** Runs tasks so many at a time; the first failure ends it once those under way are done. */
async function inParallel<T>(
  length: number,
  tasks: readonly T[],
  action: (task: T) => Promise<void>,
) {
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
  await Promise.all(Array.from({ length }, work));
  if (failures.length > 0) throw failures[0];
}

/** The format that is left when a registry takes no manifest of the image's own; null: none is. */
function otherFormat({ image, reference, conversion }: PushOptions, error: unknown) {
  const isRefused = error instanceof BryoError && error.code === 'manifest-refused';
  const isFixed = conversion.format !== null || conversion.compression === 'zstd';
  if (!isRefused || isFixed || reference.digest !== null) return null;
  return image.manifest.mediaType === mediaTypes.dockerManifest ? 'oci' : 'v2s2';
}

/**
 * Sends an image: layers that the registry lacks, the config, and last the manifest under the
 * reference's tag or digest. A registry that refuses the manifest is given one of the other format,
 * unless a format was asked for. Resolves with the manifest's digest.
 */
export async function pushImage(options: PushOptions): Promise<string> {
  try {
    return await pushAs(options, options.conversion);
  } catch (error) {
    const format = otherFormat(options, error);
    if (format === null) throw error;
    return await pushAs(options, { ...options.conversion, format }).catch((second: unknown) => {
      throw second instanceof BryoError && second.code === 'bad-conversion' ? error : second;
    });
  }
}

async function pushAs(options: PushOptions, conversion: Conversion): Promise<string> {
  const { store, image, reference } = options;
  const connection = clientOptions(options.place, options);
  const writer = createRegistryWriter(connection);
  let outgoing: OutgoingImage | null = null;
  try {
    // An image that is pushed by its digest has to stay as it is.
    const travelling = { compressPlain: reference.digest === null, ...conversion };
    outgoing = await prepareOutgoing(store, image, travelling, (one) => writer.hasBlob(one));
    // A key that cannot be used is found before anything is sent.
    const place = { ...reference, domain: options.place.domain, path: options.place.path };
    const attached =
      options.signing.sigstoreKey === null
        ? null
        : makeSigstoreSignature(outgoing.digest, reference, place, options.signing);
    const { there } = outgoing;
    for (const known of there) options.onProgress({ kind: 'exists', digest: known });
    const layers = outgoing.layers.filter((layer) => !there.has(layer.digest));
    await pushBlobs(options, writer, [...layers, outgoing.config]);
    const { digest, mediaType, manifest } = outgoing;
    if (reference.digest !== null && reference.digest !== digest) {
      throw new BryoError('wrong-digest', `the image is ${digest}, not ${reference.digest}`);
    }
    if (options.signing.signBy !== null) {
      const { signing } = options;
      await addSimpleSignature({ digest, reference, place, signing, directory: null });
    }
    await writer.putManifest(reference.digest ?? reference.tag ?? 'latest', mediaType, manifest);
    if (attached !== null) await attachSignature(connection, writer, digest, attached);
    return digest;
  } finally {
    writer.close();
    await outgoing?.release();
  }
}

/** Sends blobs that the registry lacks, each once. */
export async function pushBlobs(
  options: PushTarget,
  writer: RegistryWriter,
  blobs: readonly OutgoingBlob[],
): Promise<void> {
  const elsewhere = otherRepositories(options);
  const each = new Map(blobs.map((blob) => [blob.digest, blob] as const));
  await inParallel(options.parallel ?? usualParallel, [...each.values()], (blob) =>
    pushBlob(options, writer, blob, elsewhere.get(blob.digest) ?? new Set()),
  );
}
