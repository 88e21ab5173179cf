import type { Writable } from 'node:stream';
import { BryoError } from '../../base/errors.ts';
import { type ArchiveWriter, directoryWriter, tarWriter } from '../../image/archive-writer.ts';
import { type Conversion, prepareOutgoing } from '../../image/convert.ts';
import { nameMeant, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import { type NamedImage, saveDir, saveDocker, saveOci } from '../../image/save.ts';
import { readLayerInfo } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { ensureLayers } from './layers.ts';
import { makeEmptyDirectory, writeArchive } from './write-archive.ts';

export type SaveFormat = 'docker-archive' | 'docker-dir' | 'oci-archive' | 'oci-dir';

export interface SaveRequest {
  names: readonly string[];
  format: SaveFormat;
  /** A file, or the directory of `oci-dir` and `docker-dir`; null: `stdout`. */
  path: string | null;
  /** Of `docker-dir`: layers that are plain become compressed with gzip. */
  compress: boolean;
  /** Layers become plain, in the OCI formats. */
  plain: boolean;
  stdout: Writable;
}

/** Sizes of the uncompressed layers, which the headers of a tar have to say first. */
async function plainSizes(engine: Engine, image: ResolvedImage): Promise<number[]> {
  await ensureLayers(engine, image);
  return image.config.diffIds.map((diffId) => {
    const info = readLayerInfo(engine.store, engine.idMap(), diffId);
    if (info === null) throw new BryoError('bad-image', `layer ${diffId} cannot be read`);
    return info.size;
  });
}

interface NamedOfStore {
  image: ResolvedImage;
  names: string[];
}

/** The images asked for, each once, with the names by which they were. */
function collect(engine: Engine, request: SaveRequest): NamedOfStore[] {
  const found = new Map<string, NamedOfStore>();
  for (const name of request.names) {
    const image = resolveImage(engine.store, name);
    const byId = image.id.startsWith(name.replace(/^sha256:/, ''));
    const meant = byId ? undefined : nameMeant(image.names, name);
    const known = found.get(image.manifestDigest) ?? { image, names: [] };
    if (meant !== undefined) known.names.push(meant);
    found.set(image.manifestDigest, known);
  }
  return [...found.values()];
}

/** Hands images over as they leave the store, and removes what was made for that. */
export async function withOutgoing(
  engine: Engine,
  images: readonly NamedOfStore[],
  conversion: Conversion,
  action: (images: readonly NamedImage[]) => Promise<void>,
): Promise<void> {
  const ready: NamedImage[] = [];
  try {
    for (const { image, names } of images) {
      ready.push({ outgoing: await prepareOutgoing(engine.store, image, conversion), names });
    }
    await action(ready);
  } finally {
    for (const { outgoing } of ready) await outgoing.release();
  }
}

/** As `docker save` writes them: layers without compression. */
export async function writeDocker(
  engine: Engine,
  images: readonly NamedOfStore[],
  writer: ArchiveWriter,
): Promise<void> {
  const saved = await Promise.all(
    images.map(async (one) => ({ ...one, plainSizes: await plainSizes(engine, one.image) })),
  );
  await saveDocker(engine.store, saved, writer);
}

/** Writes images to an archive or a directory. A file that could not be finished is removed. */
export async function saveImages(engine: Engine, request: SaveRequest): Promise<void> {
  const images = collect(engine, request);
  await writeImages(engine, images, request);
  for (const { image } of images) {
    recordImageEvent(engine, 'save', image.id, request.path ?? image.names[0] ?? image.id);
  }
}

async function writeImages(
  engine: Engine,
  images: ReturnType<typeof collect>,
  request: SaveRequest,
): Promise<void> {
  const { path, format, stdout } = request;
  const oci: Conversion = {
    format: null,
    compression: request.plain ? 'none' : null,
    compressPlain: true,
  };
  if (format === 'oci-dir' || format === 'docker-dir') {
    if (path === null) throw new BryoError('usage', `--format ${format} needs --output`);
    if (format === 'docker-dir' && images.length > 1) {
      throw new BryoError('usage', '--format docker-dir takes one image');
    }
    const docker: Conversion = { format: 'v2s2', compression: request.compress ? 'gzip' : null };
    await withOutgoing(engine, images, format === 'oci-dir' ? oci : docker, async (all) => {
      makeEmptyDirectory(path, '--output');
      const [first] = all;
      if (format === 'oci-dir') await saveOci(all, directoryWriter(path));
      else if (first !== undefined) await saveDir(first.outgoing, directoryWriter(path));
    });
    return;
  }
  const write = (output: Writable) =>
    format === 'docker-archive'
      ? writeDocker(engine, images, tarWriter(output))
      : withOutgoing(engine, images, oci, (all) => saveOci(all, tarWriter(output)));
  if (path === null) return write(stdout);
  return writeArchive(path, write);
}
