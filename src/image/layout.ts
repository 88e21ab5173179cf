import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode, isDiskFull } from '../base/errors.ts';
import { syncFilesystem, withMomentaryLock } from '../native/locks.ts';
import { replaceFile, syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { layerFiles } from '../store/layers.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { within } from '../store/staging.ts';
import { type Digest, digestAlgorithm, digestHex, parseDigest } from './digest.ts';
import { keepFormerNames } from './former-names.ts';
import { arrayAt, parseObject } from './json-shape.ts';
import { type Descriptor, type Manifest, readDescriptor } from './manifest.ts';

/** Annotation of an index entry that holds the image's name (OCI image-spec annotations.md). */
const nameAnnotation = 'org.opencontainers.image.ref.name';

/** Digest of the index that led to a manifest: `name@digest` may mean either. */
export const indexAnnotation = 'io.bryo.index.digest';
/** On an image that was pulled by its digest: the repository it came from. */
export const repositoryAnnotation = 'io.bryo.repository';

/** An image of the store's index: a manifest under a name, or under none (`null`). */
export interface IndexEntry {
  descriptor: Descriptor;
  name: string | null;
}

const emptyIndex = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
};

/** Makes the store an OCI image layout (image-layout.md), if it is none yet. */
export function initLayout(store: Store): void {
  mkdirSync(join(storePaths.blobs(store), 'sha256'), { recursive: true, mode: 0o700 });
  if (!existsSync(storePaths.ociLayout(store))) {
    const layout = '{"imageLayoutVersion":"1.0.0"}';
    writeFileAtomic(storePaths.ociLayout(store), layout, 'durable', within(store));
  }
  if (!existsSync(storePaths.index(store))) {
    withIndexLock(store, () => {
      if (!existsSync(storePaths.index(store))) writeIndex(store, readIndex(store));
    });
  }
}

/** The path of a blob. Throws BryoError `bad-digest` for anything that is no digest. */
export function blobPath(store: Store, digest: string): string {
  const checked: Digest = parseDigest(digest);
  return storePaths.blob(store, digestAlgorithm(checked), digestHex(checked));
}

export function hasBlob(store: Store, digest: string): boolean {
  return existsSync(blobPath(store, digest));
}

/** Whether a blob is there with the size that it must have. */
export function hasWholeBlob(store: Store, { digest, size }: Pick<Descriptor, 'digest' | 'size'>) {
  return statSync(blobPath(store, digest), { throwIfNoEntry: false })?.size === size;
}

/** A small blob's bytes. Throws BryoError `missing-blob`. */
export function readBlob(store: Store, digest: string): Uint8Array {
  try {
    return readFileSync(blobPath(store, digest));
  } catch (error) {
    const isGone = ['ENOENT', 'EISDIR'].includes(errnoCode(error) ?? '');
    throw isGone ? missingBlob(digest) : error;
  }
}

function missingBlob(digest: string): BryoError {
  return new BryoError('missing-blob', `the store lacks the blob ${digest}`, {
    hint: 'pull the image again',
  });
}

/** The path of a blob that is there. Throws BryoError `missing-blob`. */
export function presentBlob(store: Store, digest: string): string {
  if (hasBlob(store, digest)) return blobPath(store, digest);
  throw missingBlob(digest);
}

/** Moves a complete and verified file into place as a blob. The caller syncs the filesystem. */
export function adoptBlob(store: Store, digest: string, staged: string): void {
  const target = blobPath(store, digest);
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
  renameSync(staged, target);
}

/** Writes a small blob durably, also in the place of a damaged one. */
export function writeBlob(store: Store, digest: string, bytes: Uint8Array): void {
  const target = blobPath(store, digest);
  if (hasBlob(store, digest) && Buffer.compare(readFileSync(target), bytes) === 0) return;
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
  writeFileAtomic(target, bytes, 'durable', within(store));
}

/** The file that was read last: a command with many names reads the index for each. */
let lastRead: { bytes: Buffer; entries: readonly IndexEntry[] } | null = null;

function entriesOf(path: string): IndexEntry[] | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    if (errnoCode(error) !== 'EISDIR') throw error;
    throw new BryoError('bad-image', 'index.json is a directory');
  }
  if (!lastRead?.bytes.equals(bytes)) lastRead = { bytes, entries: parseEntries(bytes) };
  return [...lastRead.entries];
}

function parseEntries(bytes: Buffer): IndexEntry[] {
  // The store's own file grows with the images: the limit for documents of others is not for it.
  const document = parseObject(bytes, 'index.json', Number.POSITIVE_INFINITY);
  return arrayAt(document['manifests'], 'index.manifests').map((item, index) => {
    const descriptor = readDescriptor(item, `index.manifests[${index}]`);
    return { descriptor, name: descriptor.annotations[nameAnnotation] ?? null };
  });
}

/** The fault of index.json; null: there is none. */
export function indexDamage(store: Store): string | null {
  try {
    return entriesOf(storePaths.index(store)) === null ? 'is missing' : null;
  } catch (error) {
    if (error instanceof BryoError) return error.message;
    throw error;
  }
}

/**
 * The images of the store, in the order in which they came. When index.json is missing or damaged
 * its copy stands in. Errors: `damaged-store` when that is damaged, too.
 */
export function readIndex(store: Store): IndexEntry[] {
  let damage: BryoError | null = null;
  for (const path of [storePaths.index(store), storePaths.indexCopy(store)]) {
    try {
      const entries = entriesOf(path);
      if (entries !== null) return entries;
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      damage ??= new BryoError('damaged-store', `${path} is damaged: ${error.message}`, {
        cause: error,
        hint: "'bryo system check --repair' makes it anew",
      });
    }
  }
  if (damage !== null) throw damage;
  return [];
}

function withoutName(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const { [nameAnnotation]: _name, ...others } = annotations;
  return others;
}

/** `after` runs with the new index in place: on a full disk it may make the room for the copy. */
function writeIndex(
  store: Store,
  entries: readonly IndexEntry[],
  after: (entries: readonly IndexEntry[]) => void = () => undefined,
): void {
  const manifests = entries.map(({ descriptor, name }) => ({
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    annotations: {
      ...withoutName(descriptor.annotations),
      ...(name !== null && { [nameAnnotation]: name }),
    },
  }));
  const text = JSON.stringify({ ...emptyIndex, manifests });
  replaceFile(storePaths.index(store), storePaths.indexCopy(store), text, within(store));
  after(entries);
  try {
    writeFileAtomic(storePaths.indexCopy(store), text, 'volatile', within(store));
  } catch (error) {
    // The change is done; the next one writes the index.
    if (!isDiskFull(error)) throw error;
  }
}

/** Writes the index anew with these images. The index lock is held. */
export function replaceIndex(store: Store, entries: readonly IndexEntry[]): void {
  writeIndex(store, entries);
}

/** Runs an action while nobody changes the index. */
export function withIndexLock<T>(store: Store, action: () => T): T {
  return withMomentaryLock(storePaths.indexLock(store), action);
}

/**
 * Reads what hangs on the index. Between the index and a blob that it names others may take both away;
 * then it is read once more, while nobody changes it. The lock must not be held.
 * Errors: those of `read`; `missing-blob` for what is really missing.
 */
export function readSteadily<T>(store: Store, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'missing-blob') throw error;
    return withIndexLock(store, read);
  }
}

/**
 * Changes the index in one step; what others changed meanwhile is kept. `after` runs with the new
 * index in place and the lock still held.
 */
export function updateIndex(
  store: Store,
  change: (entries: IndexEntry[]) => IndexEntry[],
  after: (entries: readonly IndexEntry[]) => void = () => undefined,
): void {
  withIndexLock(store, () => {
    const before = readIndex(store);
    writeIndex(store, keepFormerNames(before, change([...before])), after);
  });
}

/** An image whose name another one has got; it is still its repository's, under its digest. */
function withoutItsName({ descriptor }: IndexEntry, name: string): IndexEntry {
  const repository = name.replace(/:[^:/]*$/, '');
  const annotations = { ...descriptor.annotations, [repositoryAnnotation]: repository };
  return { descriptor: { ...descriptor, annotations }, name: null };
}

/** Entries of an image that has been pulled by its digest tell of the repository, too. */
function pulledFrom({ digest }: Descriptor, repository: string) {
  return (entry: IndexEntry): IndexEntry => {
    if (entry.descriptor.digest !== digest) return entry;
    const annotations = { ...entry.descriptor.annotations, [repositoryAnnotation]: repository };
    return { ...entry, descriptor: { ...entry.descriptor, annotations } };
  };
}

/** Enters an image under its names; `[null]`: under none, unless it has one already. */
function withNames(
  entries: readonly IndexEntry[],
  descriptor: Descriptor,
  names: ReadonlySet<string | null>,
): IndexEntry[] {
  const isSame = (entry: IndexEntry) => entry.descriptor.digest === descriptor.digest;
  const others = entries
    .filter((entry) => !(isSame(entry) && (entry.name === null || names.has(entry.name))))
    .map((entry) =>
      entry.name !== null && names.has(entry.name) ? withoutItsName(entry, entry.name) : entry,
    );
  const added = [...names].filter((name) => name !== null || !others.some(isSame));
  const repository = descriptor.annotations[repositoryAnnotation];
  const known = repository === undefined ? others : others.map(pulledFrom(descriptor, repository));
  return [...known, ...added.map((name) => ({ descriptor, name }))];
}

/** An image of which everything is verified. */
export interface CompleteImage {
  descriptor: Descriptor;
  manifest: Manifest;
  /** Full references; none: the image gets no name. */
  names: readonly string[];
  /** Files in the staging directory, by the digests of their content. */
  staged: ReadonlyMap<string, string>;
  /** Manifest and configuration, by digest. */
  documents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Puts an image's blobs in place and enters it into the index, durably and under the index lock:
 * a removal at the same time cannot take a blob away that this image needs. A manifest that had one
 * of the names before stays, without a name, until it is removed.
 * Errors: `image-changed` when a blob that was there has gone meanwhile.
 */
export function commitImage(store: Store, image: CompleteImage): void {
  // All blobs reach the disk before the lock is taken: others need not wait for it.
  syncFilesystem(store.root);
  withIndexLock(store, () => {
    for (const [digest, path] of image.staged) adoptBlob(store, digest, path);
    for (const [digest, bytes] of image.documents) writeBlob(store, digest, bytes);
    const { descriptor, names, manifest } = image;
    const lost = [manifest.config, ...manifest.layers]
      .filter(({ digest }) => !hasBlob(store, digest))
      .find(({ digest }) => layerFiles(store, digest) === null);
    if (lost !== undefined) {
      throw new BryoError('image-changed', `blob ${lost.digest} was removed meanwhile`, {
        hint: 'try again',
      });
    }
    const blobs = storePaths.blobs(store);
    for (const name of readdirSync(blobs)) syncDirectory(join(blobs, name));
    const wanted = new Set(names.length === 0 ? [null] : names);
    const before = readIndex(store);
    writeIndex(store, keepFormerNames(before, withNames(before, descriptor, wanted)));
  });
}
