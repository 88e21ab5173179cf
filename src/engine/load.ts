import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { BryoError } from '../base/errors.ts';
import { archiveStream, openArchive, openDirectory } from '../image/archive-files.ts';
import { importTarball } from '../image/import.ts';
import type { PullProgress } from '../image/ingest.ts';
import { type LoadedImage, loadImages } from '../image/load.ts';
import { formatReference, ownReference, parseReference } from '../image/reference.ts';
import { layerSink } from '../store/layer-unpack.ts';
import { stagingPath, sweepStaging } from '../store/staging.ts';
import { makeStore } from '../store/store-dirs.ts';
import { removeTrees } from '../store/worker.ts';
import type { Engine } from './engine.ts';

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new BryoError('no-such-file', `cannot read ${JSON.stringify(path)}`, { cause });
  }
}

async function prepare(engine: Engine): Promise<void> {
  makeStore(engine.store);
  await sweepStaging(engine.store, () => engine.idMap());
}

/** Loads images from an archive (null: standard input) or a layout directory. */
export async function loadArchive(
  engine: Engine,
  path: string | null,
  stdin: Readable,
  onProgress: (event: PullProgress) => void,
): Promise<LoadedImage[]> {
  await prepare(engine);
  const { store } = engine;
  const layers = layerSink(store, engine.idMap());
  if (path !== null && isDirectory(path)) {
    return loadImages({ store, layers, files: openDirectory(path), onProgress });
  }
  const spread = stagingPath(store);
  try {
    const files = await openArchive(archiveStream(path, stdin), spread);
    return await loadImages({ store, layers, files, onProgress });
  } finally {
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
}

/** Makes an image from a tar of a root filesystem; resolves with its id. */
export async function importImage(engine: Engine, request: ImportRequest): Promise<string> {
  const name = request.name === null ? null : parseReference(request.name);
  await prepare(engine);
  if (request.path !== null && isDirectory(request.path)) {
    throw new BryoError('no-such-file', `${JSON.stringify(request.path)} is a directory`);
  }
  return importTarball({
    store: engine.store,
    layers: layerSink(engine.store, engine.idMap()),
    source: archiveStream(request.path, request.stdin),
    name: name === null ? null : formatReference(ownReference(name)),
    message: request.message,
    changes: request.changes,
  });
}
