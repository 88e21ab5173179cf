import { createHash } from 'node:crypto';
import { closeSync, copyFileSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { syncFilesystem } from '../native/locks.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { type ArchiveFiles, readSmall } from './archive-files.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';
import { digestBytes, verifyBytes, wrongDigest } from './hash.ts';
import { arrayAt, objectAt, optional, parseObject, stringAt, stringListAt } from './json-shape.ts';
import { adoptBlob, hasBlob, initLayout, tagManifest, writeBlob } from './layout.ts';
import { type Descriptor, parseManifest, parseSingleManifest, readDescriptor } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { hostPlatform, selectManifest } from './platform.ts';
import { formatReference, parseReference } from './reference.ts';

export interface LoadContext {
  store: Store;
  files: ArchiveFiles;
  layers: LayerSink;
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
async function unpackLayer({ layers }: LoadContext, path: string, diffId: string): Promise<void> {
  if (layers.has(diffId)) return;
  const writer = layers.begin();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      await writer.write(chunk as Uint8Array);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.end(diffId);
}

/** Copies a file into the store as a blob. */
function takeBlob({ store }: LoadContext, path: string, digest: Digest): void {
  if (hasBlob(store, digest)) return;
  const staged = stagingPath(store);
  copyFileSync(path, staged);
  adoptBlob(store, digest, staged);
}

function publish(
  context: LoadContext,
  manifest: { bytes: Uint8Array; digest: Digest; mediaType: string },
  names: readonly string[],
): void {
  const { store } = context;
  writeBlob(store, manifest.digest, manifest.bytes);
  syncFilesystem(storePaths.blobs(store));
  const descriptor: Descriptor = {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: {},
    platform: null,
  };
  for (const name of names.length === 0 ? [null] : names) tagManifest(store, descriptor, name);
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

async function loadOciEntry(context: LoadContext, entry: Descriptor): Promise<LoadedImage> {
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
    await unpackLayer(context, path, config.diffIds[index] ?? '');
    takeBlob(context, path, layer.digest);
  }
  writeBlob(context.store, document.config.digest, configBytes);
  const names = entryNames(entry);
  publish(context, { bytes: blob(digest), digest, mediaType: document.mediaType }, names);
  return { id: digestHex(document.config.digest), names };
}

async function loadOci(context: LoadContext): Promise<LoadedImage[]> {
  const index = parseObject(readSmall(context.files, 'index.json'), 'index.json');
  const loaded: LoadedImage[] = [];
  for (const [at, item] of arrayAt(index['manifests'], 'index.manifests').entries()) {
    loaded.push(await loadOciEntry(context, readDescriptor(item, `index.manifests[${at}]`)));
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
async function loadDockerEntry(context: LoadContext, value: unknown): Promise<LoadedImage> {
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
    await unpackLayer(context, file, config.diffIds[index] ?? 'missing');
    takeBlob(context, file, digest);
    // A layer that is its own uncompressed form has the diff id as digest.
    const plain = digest === config.diffIds[index];
    const mediaType = plain ? mediaTypes.ociLayer : compressedType(file);
    layers.push({ mediaType, digest, size: statSync(file).size });
  }
  const configDigest = digestBytes(configBytes);
  writeBlob(context.store, configDigest, configBytes);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configBytes.length },
      layers,
    }),
  );
  checkLayerCount(parseSingleManifest(bytes), config);
  const names = usableNames(optional(item['RepoTags'], `${path}.RepoTags`, stringListAt) ?? []);
  publish(context, { bytes, digest: digestBytes(bytes), mediaType: mediaTypes.ociManifest }, names);
  return { id: digestHex(configDigest), names };
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
      loaded.push(await loadDockerEntry(context, item));
    }
    return loaded;
  }
  if (context.files.find('index.json') !== null) return loadOci(context);
  throw new BryoError('bad-archive', 'the input holds no image', {
    hint: 'docker save and podman save make such archives; bryo import takes a root filesystem',
  });
}
