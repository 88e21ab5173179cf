import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { archiveStream, openArchive, openDirectory } from '../../image/archive-files.ts';
import { importTarball } from '../../image/import.ts';
import { loadImages } from '../../image/load.ts';
import type { Platform } from '../../image/manifest.ts';
import { hostPlatform, parsePlatform } from '../../image/platform.ts';
import { unsigned } from '../../image/policy/check.ts';
import { openGate } from '../../image/policy/gate.ts';
import type { PullProgress } from '../../image/progress.ts';
import { formatReference, ownReference, parseReference } from '../../image/reference.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import type { PathTransport } from '../../image/transport.ts';
import type { LayerSink } from '../../store/layer-sink.ts';
import { layerSink } from '../../store/layer-unpack.ts';
import { stagingPath } from '../../store/staging.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import { removeTrees } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { sweep } from '../system/sweep.ts';

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    const why = errnoText(errnoCode(cause)) ?? errnoCode(cause);
    throw new BryoError('no-such-file', `cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
}

async function prepare(engine: Engine): Promise<void> {
  makeStore(engine.store);
  await sweep(engine);
}

export interface LoadRequest {
  /** An archive or directory; null: standard input. */
  path: string | null;
  stdin: Readable;
  /** The kind that it has to be; null: whichever it shows to be. */
  transport?: PathTransport;
  /** Only this one of its images: a name, or `@N`. */
  wanted?: string | null;
  /** Of indexes; the machine's own unless given. */
  platform?: Platform;
  /** `--signature-policy`. */
  signaturePolicy?: string | null;
  /** The name of what is pulled (`docker-archive:PATH`), for the events; absent: it is loaded. */
  pulled?: string;
  onProgress(event: PullProgress): void;
}

/** Loads images from an archive or a directory. */
export async function loadArchive(engine: Engine, request: LoadRequest): Promise<ResolvedImage[]> {
  const { path, stdin, transport = null, onProgress } = request;
  await prepare(engine);
  const { store } = engine;
  const context = {
    store,
    gate: openGate(store, request.signaturePolicy ?? null),
    platform: request.platform ?? hostPlatform(process.arch),
    path: path === null ? null : resolve(path),
    wanted: request.wanted ?? null,
    onProgress,
  };
  const spread = stagingPath(store);
  const packed = path === null || !isDirectory(path);
  let layers: LayerSink | null = null;
  try {
    const { files, growth } = packed
      ? await openArchive(archiveStream(path, stdin), spread)
      : { files: openDirectory(path), growth: 1 };
    const sink = layerSink(store, engine.idMap(), growth);
    layers = sink;
    const images = await notingUnfinished(store, () =>
      loadImages({ ...context, layers: sink, files, packed }, transport),
    );
    for (const { id, names } of images) {
      const { pulled } = request;
      if (pulled !== undefined) recordImageEvent(engine, 'pull', id, pulled);
      else recordImageEvent(engine, 'loadfromarchive', id, path ?? names[0] ?? '');
    }
    return images;
  } finally {
    layers?.release();
    await removeTrees([spread], engine.idMap());
  }
}

export interface ImportRequest {
  /** Null: standard input. */
  path: string | null;
  stdin: Readable;
  name: string | null;
  message: string;
  changes: readonly string[];
  /** The platform of the files; null: the machine's. */
  platform: string | null;
  /** `--signature-policy`. */
  signaturePolicy?: string | null;
}

/** Makes an image from a tar of a root filesystem; resolves with its id. */
export async function importImage(engine: Engine, request: ImportRequest): Promise<string> {
  const name = request.name === null ? null : parseReference(request.name);
  await prepare(engine);
  if (request.path !== null && isDirectory(request.path)) {
    throw new BryoError('no-such-file', `${JSON.stringify(request.path)} is a directory`);
  }
  const { store } = engine;
  await openGate(store, request.signaturePolicy ?? null).admit({
    transport: 'tarball',
    scopes: [],
    identity: null,
    shown: request.path ?? 'standard input',
    manifest: new Uint8Array(),
    signatures: unsigned,
  });
  const layers = layerSink(store, engine.idMap());
  const options = {
    store,
    layers,
    source: archiveStream(request.path, request.stdin),
    name: name === null ? null : formatReference(ownReference(name)),
    message: request.message,
    changes: request.changes,
    platform:
      request.platform === null ? hostPlatform(process.arch) : parsePlatform(request.platform),
  };
  try {
    const id = await notingUnfinished(store, () => importTarball(options));
    recordImageEvent(engine, 'import', id, request.name ?? '');
    return id;
  } finally {
    layers.release();
  }
}
