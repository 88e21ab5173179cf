import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  linkSync,
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
import { checkContent } from './known-layers.ts';
import { commitImage, hasWholeBlob } from './layout.ts';
import { chooseEntries, type LoadContext, usableNames } from './load-context.ts';
import { type Descriptor, type Manifest, parseSingleManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { unsigned } from './policy/check.ts';
import { loadImage, type ResolvedImage } from './resolve.ts';

/** The type of a layer by its first bytes; that it is one is for the unpacker to say. */
function layerType(path: string): string {
  const head = Buffer.alloc(4);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head);
  } finally {
    closeSync(fd);
  }
  if (head.readUInt16BE() === 0x1f8b) return mediaTypes.ociLayerGzip;
  // A frame of zstd, or one to be skipped before it.
  const magic = head.readUInt32LE();
  const packed = magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
  return packed ? mediaTypes.ociLayerZstd : mediaTypes.ociLayer;
}

/** The bytes of a file; `received` hears how many there were so far. */
async function* readPieces(
  path: string,
  received: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, void> {
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const piece = chunk as Uint8Array;
    yield piece;
    count += piece.length;
    received(count);
  }
}

async function hashFile(path: string): Promise<Digest> {
  const hash = makeHash('sha256');
  for await (const piece of readPieces(path)) hash.update(piece);
  return `sha256:${hash.digest('hex')}` as Digest;
}

/**
 * Makes a layer be there that a file has to be, and gives the file's own digest. Of a plain one the
 * unpacker tells it; only a compressed one is hashed here.
 */
async function takeLayer(
  { layers, onProgress }: LoadContext,
  path: string,
  diffId: string,
): Promise<Digest> {
  if (layers.has(diffId)) {
    const digest = await hashFile(path);
    const size = layers.size(diffId) ?? 0;
    if (!layers.isOf(diffId, digest)) await checkContent(path, { digest, diffId }, size);
    onProgress({ kind: 'exists', digest });
    return digest;
  }
  const writer = layers.begin();
  const hash = layerType(path) === mediaTypes.ociLayer ? null : makeHash('sha256');
  const total = statSync(path).size;
  onProgress({ kind: 'start', digest: diffId, total });
  try {
    const tell = (received: number): void =>
      onProgress({ kind: 'progress', digest: diffId, received, total });
    for await (const piece of readPieces(path, tell)) {
      hash?.update(piece);
      await writer.write(piece);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const plain = await writer.end(diffId);
  onProgress({ kind: 'done', digest: diffId });
  return (hash === null ? plain : `sha256:${hash.digest('hex')}`) as Digest;
}

/** An image's layers in the staging directory, by digest. */
class StagedLayers {
  readonly files = new Map<string, string>();
  readonly #unnamed = new Set<string>();
  readonly #store: Store;
  readonly #own: boolean;

  /** `own`: the files are the store's, made for this command; others may change later. */
  constructor(store: Store, own: boolean) {
    this.#store = store;
    this.#own = own;
  }

  /** Takes a file over before anything is read of it: what is checked is what is kept. */
  stage(path: string): string {
    const staged = stagingPath(this.#store);
    this.#unnamed.add(staged);
    if (this.#own) linkSync(path, staged);
    else copyFileSync(path, staged, constants.COPYFILE_FICLONE);
    return staged;
  }

  /** Says what digest a staged file turned out to have. */
  name(staged: string, digest: Digest): void {
    this.#unnamed.delete(staged);
    const { size } = statSync(staged);
    const known = this.files.has(digest) || hasWholeBlob(this.#store, { digest, size });
    if (known) rmSync(staged, { force: true });
    else this.files.set(digest, staged);
  }

  remove(): void {
    for (const path of [...this.files.values(), ...this.#unnamed]) rmSync(path, { force: true });
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
  { store, layers, onProgress }: LoadContext,
  image: VerifiedImage,
  staged: StagedLayers,
): ResolvedImage {
  const { manifest, manifestBytes, manifestDigest, configBytes, names } = image;
  onProgress({ kind: 'config', digest: manifest.config.digest });
  onProgress({ kind: 'manifest' });
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
  { store, packed }: LoadContext,
  step: (staged: StagedLayers) => Promise<T>,
): Promise<T> {
  const staged = new StagedLayers(store, packed);
  try {
    return await step(staged);
  } finally {
    staged.remove();
  }
}

function writtenNames(value: unknown): string[] {
  const item = objectAt(value, 'manifest.json');
  return optional(item['RepoTags'], 'manifest.json.RepoTags', stringListAt) ?? [];
}

/** Loads an image as `docker save` and `podman save` describe it. */
async function loadDockerEntry(
  context: LoadContext,
  value: unknown,
  stagedLayers: StagedLayers,
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
  checkLayerCount({ layers: layerNames }, config);
  const layers: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>[] = [];
  for (const [index, name] of layerNames.entries()) {
    const file = context.files.find(name);
    if (file === null)
      throw new BryoError('bad-archive', `the archive lacks ${JSON.stringify(name)}`);
    const staged = stagedLayers.stage(file);
    const described = { mediaType: layerType(staged), size: statSync(staged).size };
    const diffId = config.diffIds[index] ?? '';
    const digest = await takeLayer(context, staged, diffId);
    context.layers.remember(diffId, digest);
    stagedLayers.name(staged, digest);
    layers.push({ ...described, digest });
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
  const image = {
    manifest,
    manifestBytes: bytes,
    manifestDigest: digestBytes(bytes),
    configBytes,
    names,
  };
  return publish(context, image, stagedLayers);
}

/** Takes the images that `docker save` lists in. */
export async function loadDocker(context: LoadContext, list: unknown): Promise<ResolvedImage[]> {
  const entries = arrayAt(list, 'manifest.json');
  const loaded: ResolvedImage[] = [];
  for (const item of chooseEntries(entries, context, writtenNames)) {
    loaded.push(
      await withStagedLayers(context, (staged) => loadDockerEntry(context, item, staged)),
    );
  }
  return loaded;
}
