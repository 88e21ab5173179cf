import {
  closeSync,
  copyFileSync,
  createReadStream,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { makeHash } from '../base/hash.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { readSmall } from './archive-files.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { arrayAt, objectAt, optional, stringAt, stringListAt } from './json-shape.ts';
import { commitImage, hasBlob } from './layout.ts';
import { chooseEntries, type LoadContext, usableNames } from './load-context.ts';
import { type Descriptor, type Manifest, parseSingleManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { unsigned } from './policy/check.ts';
import { loadImage, type ResolvedImage } from './resolve.ts';

async function hashFile(path: string, algorithm: string): Promise<string> {
  const hash = makeHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Uint8Array);
  }
  return `${algorithm}:${hash.digest('hex')}`;
}

/** Unpacks a layer's file and checks what comes out. */
async function unpackLayer(
  { layers, onProgress }: LoadContext,
  path: string,
  digest: Digest,
  diffId: string,
): Promise<void> {
  if (layers.has(diffId)) {
    onProgress({ kind: 'exists', digest });
    return;
  }
  const writer = layers.begin();
  const total = statSync(path).size;
  let received = 0;
  onProgress({ kind: 'start', digest, total });
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Uint8Array;
      await writer.write(bytes);
      received += bytes.length;
      onProgress({ kind: 'progress', digest, received, total });
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.end(diffId);
  onProgress({ kind: 'done', digest });
}

/** Copies of an image's layers in the staging directory, by digest. */
class StagedLayers {
  readonly files = new Map<string, string>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  take(path: string, digest: Digest): void {
    if (hasBlob(this.#store, digest) || this.files.has(digest)) return;
    const staged = stagingPath(this.#store);
    this.files.set(digest, staged);
    copyFileSync(path, staged);
  }

  remove(): void {
    for (const path of this.files.values()) rmSync(path, { force: true });
  }
}

interface VerifiedImage {
  manifest: Manifest;
  manifestBytes: Uint8Array;
  manifestDigest: Digest;
  configBytes: Uint8Array;
  names: readonly string[];
}

function publish(
  { store, layers }: LoadContext,
  image: VerifiedImage,
  staged: StagedLayers,
): ResolvedImage {
  const { manifest, manifestBytes, manifestDigest, configBytes, names } = image;
  commitImage(store, {
    descriptor: {
      mediaType: manifest.mediaType,
      digest: manifestDigest,
      size: manifestBytes.length,
      annotations: {},
      platform: null,
    },
    manifest,
    names,
    staged: staged.files,
    documents: new Map([
      [manifest.config.digest, configBytes],
      [manifestDigest, manifestBytes],
    ]),
  });
  const loaded = loadImage(store, manifestDigest, [...names]);
  layers.settle(loaded.config.diffIds);
  return loaded;
}

/** Runs a step with a place for layers, and leaves none of them behind. */
async function withStagedLayers<T>(
  store: Store,
  step: (staged: StagedLayers) => Promise<T>,
): Promise<T> {
  const staged = new StagedLayers(store);
  try {
    return await step(staged);
  } finally {
    staged.remove();
  }
}

/** Of a layer that unpacked: then it is one of the two. */
function compressedType(path: string): string {
  const head = Buffer.alloc(1);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head);
  } finally {
    closeSync(fd);
  }
  return head[0] === 0x28 ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip;
}

function writtenNames(value: unknown): string[] {
  const item = objectAt(value, 'manifest.json');
  return optional(item['RepoTags'], 'manifest.json.RepoTags', stringListAt) ?? [];
}

/** What `docker save` and `podman save` say of one image. */
async function loadDockerEntry(
  context: LoadContext,
  value: unknown,
  staged: StagedLayers,
): Promise<ResolvedImage> {
  const path = 'manifest.json';
  const item = objectAt(value, path);
  const configBytes = readSmall(context.files, stringAt(item['Config'], `${path}.Config`));
  const config = parseConfig(configBytes);
  const names = usableNames(writtenNames(value));
  await context.gate.admit({
    transport: 'docker-archive',
    scopes: [],
    identity: null,
    shown: `docker-archive:${context.path ?? '-'}`,
    manifest: configBytes,
    signatures: unsigned,
  });
  const layerNames = stringListAt(item['Layers'], `${path}.Layers`);
  const layers: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>[] = [];
  for (const [index, name] of layerNames.entries()) {
    const file = context.files.find(name);
    if (file === null)
      throw new BryoError('bad-archive', `the archive lacks ${JSON.stringify(name)}`);
    const digest = (await hashFile(file, 'sha256')) as Digest;
    await unpackLayer(context, file, digest, config.diffIds[index] ?? 'missing');
    staged.take(file, digest);
    // A layer that is its own uncompressed form has the diff id as digest.
    const plain = digest === config.diffIds[index];
    const mediaType = plain ? mediaTypes.ociLayer : compressedType(file);
    layers.push({ mediaType, digest, size: statSync(file).size });
  }
  const configDigest = digestBytes(configBytes);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configBytes.length },
      layers,
    }),
  );
  const manifest = parseSingleManifest(bytes);
  checkLayerCount(manifest, config);
  const image = {
    manifest,
    manifestBytes: bytes,
    manifestDigest: digestBytes(bytes),
    configBytes,
    names,
  };
  return publish(context, image, staged);
}

/** Takes the images that `docker save` lists in. */
export async function loadDocker(context: LoadContext, list: unknown): Promise<ResolvedImage[]> {
  const entries = arrayAt(list, 'manifest.json');
  const loaded: ResolvedImage[] = [];
  for (const item of chooseEntries(entries, context, writtenNames)) {
    loaded.push(
      await withStagedLayers(context.store, (staged) => loadDockerEntry(context, item, staged)),
    );
  }
  return loaded;
}
