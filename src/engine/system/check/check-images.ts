import { rmSync, statSync } from 'node:fs';
import { BryoError } from '../../../base/errors.ts';
import { parseDigest } from '../../../image/digest.ts';
import { isVerified, isVerifiedFile } from '../../../image/hash.ts';
import { documentLimit } from '../../../image/json-shape.ts';
import {
  blobPath,
  hasBlob,
  hasWholeBlob,
  type IndexEntry,
  indexDamage,
  readBlob,
  readIndex,
  replaceIndex,
  updateIndex,
  withIndexLock,
} from '../../../image/layout.ts';
import { type Manifest, parseSingleManifest } from '../../../image/manifest.ts';
import { loadImage, type ResolvedImage } from '../../../image/resolve.ts';
import { layerFiles, replaceDamaged } from '../../../store/layers.ts';
import { ownTimes, packInto } from '../../../store/pack.ts';
import type { Store } from '../../../store/paths.ts';
import { presentBlobs } from '../garbage.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** An image whose manifest and configuration are sound, and which of its blobs are not. */
export interface CheckedImage {
  image: ResolvedImage;
  badBlobs: Set<string>;
}

/** Images whose manifests are among the blobs; their names are lost. */
function imagesOfBlobs(store: Store): IndexEntry[] {
  return presentBlobs(store).flatMap((digest) => {
    if ((statSync(blobPath(store, digest)).size ?? 0) > documentLimit) return [];
    try {
      const bytes = readBlob(store, digest);
      const { mediaType, config } = parseSingleManifest(bytes);
      if (!hasBlob(store, config.digest) || !isVerified(bytes, parseDigest(digest))) return [];
      const size = bytes.length;
      const descriptor = {
        mediaType,
        digest: parseDigest(digest),
        size,
        annotations: {},
        platform: null,
      };
      return [{ descriptor, name: null }];
    } catch (error) {
      if (error instanceof BryoError) return [];
      throw error;
    }
  });
}

/** The index as it is or, when it and its copy are damaged, as the blobs tell. */
function recoverIndex(store: Store): { entries: IndexEntry[]; how: string } {
  try {
    return { entries: readIndex(store), how: 'taken from its copy' };
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'damaged-store') throw error;
    return { entries: imagesOfBlobs(store), how: 'made anew from the blobs; names are lost' };
  }
}

/** index.json itself; gives the images that it names. */
export async function checkIndex(
  store: Store,
  options: CheckOptions,
  findings: Finding[],
): Promise<IndexEntry[]> {
  const damage = indexDamage(store);
  const recovered = recoverIndex(store);
  if (damage !== null && (damage !== 'is missing' || recovered.entries.length > 0)) {
    const restore = () => {
      withIndexLock(store, () => replaceIndex(store, recovered.entries));
      return recovered.how;
    };
    const finding = { kind: 'index', subject: 'index.json', problem: damage } as const;
    await note(findings, finding, options.repair ? restore : null);
  }
  return recovered.entries;
}

function isWhole(store: Store, digest: string): Promise<boolean> {
  return isVerifiedFile(blobPath(store, digest), parseDigest(digest));
}

/** The fault of a layer that was built here, and is made of its files when it is wanted. */
async function filesDamage(
  store: Store,
  { digest, size }: Manifest['config'],
  quick: boolean,
): Promise<string | null> {
  const files = layerFiles(store, digest);
  if (files === null) return 'is missing';
  if (files.info.size !== size) return 'has the wrong size';
  if (quick) return null;
  const packed = await packInto(files.path, 'dry', ownTimes, files.idMap);
  return packed.diffId === digest ? null : 'has no blob, and its files are not what they were';
}

/** The fault of a blob that an image needs; null: there is none. */
async function blobDamage(
  store: Store,
  blob: Manifest['config'],
  quick: boolean,
): Promise<string | null> {
  if (!hasBlob(store, blob.digest)) return filesDamage(store, blob, quick);
  if (!hasWholeBlob(store, blob)) return 'has the wrong size';
  return quick || (await isWhole(store, blob.digest))
    ? null
    : 'has other content than its digest says';
}

function dropImage(store: Store, digest: string): string {
  updateIndex(store, (entries) => entries.filter(({ descriptor }) => descriptor.digest !== digest));
  return 'image removed';
}

/** The documents of an image, without which nothing is known of it; or what is wrong with them. */
function loadSound(store: Store, digest: string, names: string[]): ResolvedImage | string | null {
  try {
    const image = loadImage(store, digest, names);
    for (const part of [digest, image.manifest.config.digest]) {
      if (!isVerified(readBlob(store, part), parseDigest(part))) return `${part} is damaged`;
    }
    return image;
  } catch (error) {
    // A list of manifests for other machines, or of artifacts, is sound without an image to run.
    const foreign = ['no-matching-platform', 'not-an-image'];
    if (error instanceof BryoError) return foreign.includes(error.code) ? null : error.message;
    throw error;
  }
}

/** Every image's documents and blobs. A blob is read once, however many images have it. */
export async function checkImages(
  store: Store,
  entries: readonly IndexEntry[],
  options: CheckOptions,
  findings: Finding[],
): Promise<CheckedImage[]> {
  const checked: CheckedImage[] = [];
  const damages = new Map<string, string | null>();
  for (const digest of new Set(entries.map(({ descriptor }) => descriptor.digest))) {
    const names = entries.flatMap((e) =>
      e.descriptor.digest === digest && e.name !== null ? [e.name] : [],
    );
    const image = loadSound(store, digest, names);
    if (image === null) continue;
    if (typeof image === 'string') {
      const advice = `pull ${names[0] ?? 'it'} again`;
      const finding = {
        kind: 'image',
        subject: names[0] ?? digest,
        problem: image,
        advice,
      } as const;
      await note(findings, finding, options.repair ? () => dropImage(store, digest) : null);
      continue;
    }
    const badBlobs = new Set<string>();
    for (const layer of image.manifest.layers) {
      // By the size as well: one image may be wrong about it where others are right.
      const described = `${layer.digest} ${layer.size}`;
      if (!damages.has(described)) {
        const damage = await blobDamage(store, layer, options.quick);
        damages.set(described, damage);
        if (damage !== null) await noteBlob(store, image, layer.digest, damage, options, findings);
      }
      if (damages.get(described) !== null) badBlobs.add(layer.digest);
    }
    checked.push({ image, badBlobs });
  }
  return checked;
}

/**
 * A layer's blob cannot be made from its files, for their archive would have another digest. A
 * damaged one is taken out of the way, so that a pull brings it again.
 */
async function noteBlob(
  store: Store,
  image: ResolvedImage,
  digest: string,
  problem: string,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const [name = image.id.slice(0, 12)] = image.names;
  // An image that is wrong about its size is no reason to take a good one from others.
  const spoilt = options.repair && hasBlob(store, digest) && !(await isWhole(store, digest));
  if (spoilt) rmSync(blobPath(store, digest), { force: true });
  const files = hasBlob(store, digest) ? null : layerFiles(store, digest);
  // Out of the way of the same layer, which another build may make.
  if (options.repair && files !== null) replaceDamaged(store, files.idMap, digest);
  const advice = `${files === null ? 'pull' : 'build'} ${name} again, or give --force`;
  const giveUp = options.repair && options.force ? () => dropImage(store, image.entryDigest) : null;
  await note(findings, { kind: 'blob', subject: digest, problem, advice }, giveUp);
}
