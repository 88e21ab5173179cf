import { createHash } from 'node:crypto';
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
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { type ArchiveFiles, readSmall } from './archive-files.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';
import { digestBytes, verifyBytes, wrongDigest } from './hash.ts';
import type { PullProgress } from './ingest.ts';
import { arrayAt, objectAt, optional, parseObject, stringAt, stringListAt } from './json-shape.ts';
import { commitImage, hasBlob, initLayout } from './layout.ts';
import {
  type Descriptor,
  type Manifest,
  parseManifest,
  parseSingleManifest,
  readDescriptor,
} from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { hostPlatform, selectManifest } from './platform.ts';
import { formatReference, parseReference } from './reference.ts';

export interface LoadContext {
  store: Store;
  files: ArchiveFiles;
  layers: LayerSink;
  onProgress(event: PullProgress): void;
}

/** An image that was loaded. */
export interface LoadedImage {
  id: string;
  names: string[];
}

const nameAnnotations = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

async function hashFile(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
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

function publish(store: Store, image: VerifiedImage, staged: StagedLayers): LoadedImage {
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
  return { id: digestHex(manifest.config.digest), names: [...names] };
}

/** Names of an archive are hostile: what is no reference is left out. */
function usableNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    try {
      return [formatReference(parseReference(name))];
    } catch {
      return [];
    }
  });
}

/**
 * The name of an OCI layout's entry. Archivers write a full name or, as the specification has it,
 * often a bare tag; such a tag must not become an image of Docker Hub.
 */
function entryNames({ annotations }: Descriptor): string[] {
  const name = nameAnnotations.map((key) => annotations[key]).find((value) => value !== undefined);
  const [usable] = usableNames(name === undefined ? [] : [name]);
  if (name === undefined || usable === undefined) return [];
  const { short } = parseReference(name);
  return [short ? usable.replace(/^docker\.io\/(?:library\/)?/, 'localhost/') : usable];
}

function blobFile(files: ArchiveFiles, digest: Digest): string {
  const path = files.find(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
  if (path === null) throw new BryoError('bad-archive', `the archive lacks the blob ${digest}`);
  return path;
}

async function loadOciEntry(
  context: LoadContext,
  entry: Descriptor,
  staged: StagedLayers,
): Promise<LoadedImage> {
  const { files } = context;
  const blob = (digest: Digest): Uint8Array => {
    const bytes = readSmall(files, `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
    verifyBytes(bytes, digest, 'a blob of the archive');
    return bytes;
  };
  let { digest } = entry;
  let document = parseManifest(blob(digest), entry.mediaType);
  if (document.kind === 'index') {
    const chosen = selectManifest(document, hostPlatform(process.arch), 'the archive');
    digest = chosen.digest;
    document = parseSingleManifest(blob(digest), chosen.mediaType);
  }
  const configBytes = blob(document.config.digest);
  const config = parseConfig(configBytes);
  checkLayerCount(document, config);
  for (const [index, layer] of document.layers.entries()) {
    const path = blobFile(files, layer.digest);
    const actual = await hashFile(path, digestAlgorithm(layer.digest));
    if (actual !== layer.digest) throw wrongDigest('a layer', layer.digest, actual);
    await unpackLayer(context, path, layer.digest, config.diffIds[index] ?? '');
    staged.take(path, layer.digest);
  }
  const image = {
    manifest: document,
    manifestBytes: blob(digest),
    manifestDigest: digest,
    configBytes,
    names: entryNames(entry),
  };
  return publish(context.store, image, staged);
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

async function loadOci(context: LoadContext): Promise<LoadedImage[]> {
  const index = parseObject(readSmall(context.files, 'index.json'), 'index.json');
  const loaded: LoadedImage[] = [];
  for (const [at, item] of arrayAt(index['manifests'], 'index.manifests').entries()) {
    const entry = readDescriptor(item, `index.manifests[${at}]`);
    loaded.push(
      await withStagedLayers(context.store, (staged) => loadOciEntry(context, entry, staged)),
    );
  }
  return loaded;
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

/** What `docker save` and `podman save` say of one image. */
async function loadDockerEntry(
  context: LoadContext,
  value: unknown,
  staged: StagedLayers,
): Promise<LoadedImage> {
  const path = 'manifest.json';
  const item = objectAt(value, path);
  const configBytes = readSmall(context.files, stringAt(item['Config'], `${path}.Config`));
  const config = parseConfig(configBytes);
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
    names: usableNames(optional(item['RepoTags'], `${path}.RepoTags`, stringListAt) ?? []),
  };
  return publish(context.store, image, staged);
}

function parseList(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new BryoError('bad-archive', 'manifest.json of the archive is not valid JSON');
  }
}

/**
 * Takes the images of an archive into the store: docker-archive (`docker save`), oci-archive, or an
 * OCI image layout. Throws BryoError `bad-archive`, `bad-image` or `wrong-digest`.
 */
export async function loadImages(context: LoadContext): Promise<LoadedImage[]> {
  initLayout(context.store);
  if (context.files.find('manifest.json') !== null) {
    const bytes = readSmall(context.files, 'manifest.json');
    const list = parseList(bytes);
    const loaded: LoadedImage[] = [];
    for (const item of arrayAt(list, 'manifest.json')) {
      loaded.push(
        await withStagedLayers(context.store, (staged) => loadDockerEntry(context, item, staged)),
      );
    }
    return loaded;
  }
  if (context.files.find('index.json') !== null) return loadOci(context);
  throw new BryoError('bad-archive', 'the input holds no image', {
    hint: 'docker save and podman save make such archives; bryo import takes a root filesystem',
  });
}
