import { open, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { BryoError } from '../base/errors.ts';
import { syncFilesystem } from '../native/locks.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { checkLayerCount, parseConfig } from './config.ts';
import type { Digest } from './digest.ts';
import { digestBytes, StreamVerifier, verifyBytes } from './hash.ts';
import { adoptBlob, hasBlob, initLayout, readBlob, tagManifest, writeBlob } from './layout.ts';
import {
  type Descriptor,
  type Manifest,
  type Platform,
  parseManifest,
  parseSingleManifest,
} from './manifest.ts';
import { selectManifest } from './platform.ts';
import { formatReference, type Reference } from './reference.ts';
import { loadImage, type ResolvedImage } from './resolve.ts';

/** What happens during a pull. */
export type PullProgress =
  | { kind: 'exists'; digest: string }
  | { kind: 'start'; digest: string; total: number }
  | { kind: 'progress'; digest: string; received: number; total: number }
  | { kind: 'done'; digest: string };

export interface PullOptions {
  store: Store;
  reference: Reference;
  platform: Platform;
  tlsVerify: boolean;
  authFile: string | null;
  layers: LayerSink;
  onProgress(event: PullProgress): void;
}

const parallelDownloads = 4;
const maxConfig = 4 * 1024 * 1024;

interface FoundManifest {
  bytes: Uint8Array;
  manifest: Manifest;
  digest: Digest;
}

async function fetchManifest(
  client: RegistryClient,
  { reference, platform }: PullOptions,
): Promise<FoundManifest> {
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  const first = await client.getManifest(wanted);
  if (reference.digest !== null) verifyBytes(first.bytes, reference.digest, 'the manifest');
  const document = parseManifest(first.bytes, first.mediaType);
  if (document.kind === 'manifest') {
    const digest = reference.digest ?? digestBytes(first.bytes);
    return { bytes: first.bytes, manifest: document, digest };
  }
  const chosen = selectManifest(document, platform, formatReference(reference));
  const second = await client.getManifest(chosen.digest);
  verifyBytes(second.bytes, chosen.digest, 'the manifest');
  const manifest = parseSingleManifest(second.bytes, second.mediaType);
  return { bytes: second.bytes, manifest, digest: chosen.digest };
}

async function fetchConfig(client: RegistryClient, config: Descriptor): Promise<Uint8Array> {
  if (config.size > maxConfig) throw new BryoError('bad-image', 'the image config is too large');
  const parts: Uint8Array[] = [];
  for await (const part of client.getBlob(config.digest, config.size)) parts.push(part);
  const bytes = Buffer.concat(parts);
  verifyBytes(bytes, config.digest, 'the image config');
  return bytes;
}

/** One layer: into a file and through the unpacker at the same time, then verified. */
async function fetchLayer(
  client: RegistryClient,
  options: PullOptions,
  layer: { descriptor: Descriptor; diffId: string; unpack: boolean },
): Promise<string> {
  const { digest, size } = layer.descriptor;
  const staged = stagingPath(options.store);
  const file = await open(staged, 'wx', 0o600);
  const writer = layer.unpack ? options.layers.begin() : null;
  const verifier = new StreamVerifier(digest, size);
  options.onProgress({ kind: 'start', digest, total: size });
  try {
    for await (const part of client.getBlob(digest, size)) {
      verifier.update(part);
      await Promise.all([file.writeFile(part), writer?.write(part)]);
      const { received } = verifier;
      options.onProgress({ kind: 'progress', digest, received, total: size });
    }
    verifier.finish();
  } catch (error) {
    await Promise.allSettled([writer?.abort(), file.close()]);
    await rm(staged, { force: true });
    throw error;
  }
  await file.close();
  try {
    await writer?.end(layer.diffId);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  options.onProgress({ kind: 'done', digest });
  return staged;
}

interface LayerTask {
  descriptor: Descriptor;
  diffId: string;
}

/** Layers whose blob or files are not there yet, each once. */
function missingLayers(options: PullOptions, manifest: Manifest, diffIds: string[]): LayerTask[] {
  const tasks = new Map<string, LayerTask>();
  for (const [index, descriptor] of manifest.layers.entries()) {
    const diffId = diffIds[index] ?? '';
    const complete = hasBlob(options.store, descriptor.digest) && options.layers.has(diffId);
    if (complete) options.onProgress({ kind: 'exists', digest: descriptor.digest });
    else tasks.set(descriptor.digest, { descriptor, diffId });
  }
  return [...tasks.values()];
}

async function fetchLayers(
  client: RegistryClient,
  options: PullOptions,
  tasks: readonly LayerTask[],
): Promise<Map<string, string>> {
  const staged = new Map<string, string>();
  const queue = [...tasks];
  let failed: unknown;
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      try {
        const unpack = !options.layers.has(task.diffId);
        staged.set(task.descriptor.digest, await fetchLayer(client, options, { ...task, unpack }));
      } catch (error) {
        failed ??= error;
        queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: parallelDownloads }, work));
  if (failed === undefined) return staged;
  await Promise.all([...staged.values()].map((path) => rm(path, { force: true })));
  throw failed;
}

/**
 * Pulls an image: manifest, config and layers, each verified against the digest that names it. The
 * image gets its name only when everything is on the disk.
 *
 * Throws BryoError; nothing that was downloaded stays behind then, except whole layers.
 */
export async function pullImage(options: PullOptions): Promise<ResolvedImage> {
  const { store, reference } = options;
  initLayout(store);
  const client = createRegistryClient({
    host: reference.domain,
    repository: reference.path,
    tlsVerify: options.tlsVerify,
    authFile: options.authFile,
    env: process.env,
    home: homedir(),
  });
  try {
    const { bytes, manifest, digest } = await fetchManifest(client, options);
    const configBytes = hasBlob(store, manifest.config.digest)
      ? readBlob(store, manifest.config.digest)
      : await fetchConfig(client, manifest.config);
    const config = parseConfig(configBytes);
    checkLayerCount(manifest, config);
    const staged = await fetchLayers(
      client,
      options,
      missingLayers(options, manifest, config.diffIds),
    );
    for (const [blob, path] of staged) adoptBlob(store, blob, path);
    if (staged.size > 0) syncFilesystem(storePaths.blobs(store));
    writeBlob(store, manifest.config.digest, configBytes);
    writeBlob(store, digest, bytes);
    const name = nameFor(reference);
    const descriptor = {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.length,
      annotations: {},
      platform: null,
    };
    tagManifest(store, descriptor, name);
    return loadImage(store, digest, name === null ? [] : [name]);
  } finally {
    client.close();
  }
}

/** An image pulled by digest alone has no name. */
function nameFor(reference: Reference): string | null {
  return reference.tag === null ? null : formatReference({ ...reference, digest: null });
}
