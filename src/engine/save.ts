import {
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { BryoError } from '../base/errors.ts';
import { directoryWriter, tarWriter } from '../image/archive-writer.ts';
import { candidateNames, type ResolvedImage, resolveImage } from '../image/resolve.ts';
import { type SavedImage, saveDocker, saveOci } from '../image/save.ts';
import { type LayerInfo, layerDiff } from '../store/layers.ts';
import type { Engine } from './engine.ts';
import { ensureLayers } from './layers.ts';

export type SaveFormat = 'docker-archive' | 'oci-archive' | 'oci-dir';

export interface SaveRequest {
  names: readonly string[];
  format: SaveFormat;
  /** A file, or the directory of `oci-dir`; null: `stdout`. */
  path: string | null;
  stdout: Writable;
}

/** Sizes of the uncompressed layers, which the headers of a tar have to say first. */
async function plainSizes(engine: Engine, image: ResolvedImage): Promise<number[]> {
  await ensureLayers(engine, image);
  return image.config.diffIds.map((diffId) => {
    const diff = layerDiff(engine.store, engine.idMap(), diffId);
    const info: LayerInfo = JSON.parse(readFileSync(join(diff, '..', 'layer.json'), 'utf8'));
    return info.size;
  });
}

/** The images asked for, each once, with the names by which they were. */
async function collect(engine: Engine, request: SaveRequest): Promise<SavedImage[]> {
  const found = new Map<string, { image: ResolvedImage; names: string[] }>();
  for (const name of request.names) {
    const image = resolveImage(engine.store, name);
    const full = image.id.startsWith(name.replace(/^sha256:/, ''))
      ? []
      : candidateNames(name)
          .filter((candidate) => image.names.includes(candidate))
          .slice(0, 1);
    const known = found.get(image.manifestDigest) ?? { image, names: [] };
    known.names.push(...full);
    found.set(image.manifestDigest, known);
  }
  const plain = request.format === 'docker-archive';
  return Promise.all(
    [...found.values()].map(async (saved) => ({
      ...saved,
      plainSizes: plain ? await plainSizes(engine, saved.image) : [],
    })),
  );
}

function makeEmptyDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  if (readdirSync(path).length > 0) {
    throw new BryoError('not-empty', `${path} is not an empty directory (--output)`);
  }
}

async function writeTar(
  engine: Engine,
  images: readonly SavedImage[],
  request: SaveRequest,
  output: Writable,
): Promise<void> {
  const save = request.format === 'docker-archive' ? saveDocker : saveOci;
  await save(engine.store, images, tarWriter(output));
}

/** Writes images to an archive or a directory. A file that could not be finished is removed. */
export async function saveImages(engine: Engine, request: SaveRequest): Promise<void> {
  const images = await collect(engine, request);
  const { path, format } = request;
  if (format === 'oci-dir') {
    if (path === null) throw new BryoError('usage', '--format oci-dir needs --output');
    makeEmptyDirectory(path);
    await saveOci(engine.store, images, directoryWriter(path));
    return;
  }
  if (path === null) return writeTar(engine, images, request, request.stdout);
  const existed = existsSync(path);
  // Opened at once: a stream would open it some time later, also after it was removed.
  const file = createWriteStream(path, { fd: openSync(path, 'w', 0o644), highWaterMark: 1 << 20 });
  try {
    await writeTar(engine, images, request, file);
    file.end();
    await finished(file);
  } catch (error) {
    file.destroy();
    if (!existed) rmSync(path, { force: true });
    throw error;
  }
}
