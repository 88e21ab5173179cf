import { open } from 'node:fs/promises';
import { BryoError } from '../base/errors.ts';
import { layerFiles } from '../store/layers.ts';
import { ownTimes, type PackedLayer, packInto } from '../store/pack.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { plainTree, readPlain } from '../store/worker.ts';
import { blobPath, hasBlob, hasWholeBlob, presentBlob } from './layout.ts';
import type { Descriptor } from './manifest.ts';

/** Whether all of a layer can be had: its blob is there, or it was built here and is made of its files again. */
export function hasLayerContent(store: Store, layer: Pick<Descriptor, 'digest' | 'size'>): boolean {
  return hasWholeBlob(store, layer) || layerFiles(store, layer.digest)?.info.size === layer.size;
}

/** The plain bytes of a layer. Errors: `missing-blob`, `bad-layer`, `storage-failed`; digests are the caller's to check. */
export function plainLayer(store: Store, digest: string): AsyncGenerator<Uint8Array, void, void> {
  const files = hasBlob(store, digest) ? null : layerFiles(store, digest);
  if (files !== null) return plainTree(files.path, files.idMap);
  return readPlain(presentBlob(store, digest));
}

/**
 * Writes a layer that was built here and has no blob into a file that is not there yet; null: it has one, or is none
 * of these. Errors: `bad-digest` when its files are not what they were, `storage-failed`.
 */
export async function packLayer(
  store: Store,
  digest: string,
  { path, form }: { path: string; form: 'plain' | 'gzip' },
): Promise<PackedLayer | null> {
  const files = hasBlob(store, digest) ? null : layerFiles(store, digest);
  if (files === null) return null;
  const file = await open(path, 'wx', 0o600);
  try {
    const packed = await packInto(files.path, { fd: file.fd, form }, ownTimes, files.idMap);
    if (packed.diffId === digest) return packed;
  } finally {
    await file.close();
  }
  throw new BryoError('bad-digest', `the files of layer ${digest} were changed`, {
    hint: 'build its image again',
  });
}

/**
 * A file with the blob of a layer. `staged` gets the path of one that was made for that, which the caller removes.
 * Errors: `missing-blob`, those of `packLayer`.
 */
export async function layerFile(store: Store, digest: string, staged: string[]): Promise<string> {
  if (hasBlob(store, digest)) return blobPath(store, digest);
  const path = stagingPath(store);
  staged.push(path);
  if ((await packLayer(store, digest, { path, form: 'plain' })) !== null) return path;
  return presentBlob(store, digest);
}
