import { existsSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { recentRecords } from '../../container/recent-records.ts';
import { usedImages } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { resolveNamed } from '../../image/foreign-list.ts';
import {
  type IndexEntry,
  readIndex,
  repositoryAnnotation,
  updateIndex,
} from '../../image/layout.ts';
import { parseReference } from '../../image/reference.ts';
import { listImages, nameMeant, type ResolvedImage } from '../../image/resolve.ts';
import { sweepPartials } from '../../store/partials.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import { removeContainer } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { collectGarbage, removeBlobs, removeUnusedLayers } from '../system/garbage.ts';

export interface RemovedImage {
  untagged: string[];
  /** Ids. */
  deleted: string[];
}

/** Removals of one command. */
interface Batch {
  /** Images that are gone: their parts that nobody else needs go at the end. */
  gone: ResolvedImage[];
  /** Entries by image id, read once: to read all images for each would take a square of their number. */
  entries: Map<string, string[]> | null;
}

function entriesById(store: Store): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  for (const { id, entryDigest } of listImages(store)) {
    entries.set(id, [...(entries.get(id) ?? []), entryDigest]);
  }
  return entries;
}

/** Two manifests can share a config, and so an id: with its layers compressed in another way. */
function otherEntries(
  { store }: Engine,
  { id, entryDigest }: ResolvedImage,
  batch: Batch | null,
): IndexEntry[] {
  const entries = batch?.entries ?? entriesById(store);
  if (batch !== null) batch.entries = entries;
  const others = entries.get(id)?.filter((digest) => digest !== entryDigest) ?? [];
  if (others.length === 0) return [];
  return readIndex(store).filter(({ descriptor }) => others.includes(descriptor.digest));
}

/** The entries of what is to be removed, and all their names. */
interface Target {
  digests: ReadonlySet<string>;
  names: readonly string[];
  /** Whether the image stays under another entry. */
  remains: boolean;
}

/** By its id an image is meant with all its manifests, otherwise with that one. */
function targetOf(
  engine: Engine,
  image: ResolvedImage,
  { byId, batch }: { byId: boolean; batch: Batch | null },
): Target {
  const own = { digests: new Set([image.entryDigest]), names: image.names };
  const others = otherEntries(engine, image, batch);
  if (!byId) return { ...own, remains: others.length > 0 };
  const names = others.flatMap(({ name }) => name ?? []);
  return {
    digests: new Set([...own.digests, ...others.map(({ descriptor }) => descriptor.digest)]),
    names: [...own.names, ...names],
    remains: false,
  };
}

async function checkUnused(
  engine: Engine,
  image: ResolvedImage,
  { name, force }: { name: string; force: boolean },
): Promise<void> {
  const { id } = image;
  const users = recentRecords(engine.store).records.filter((record) =>
    usedImages(record).some((used) => used.id === id),
  );
  const [first] = users;
  if (first === undefined) return;
  if (!force) {
    throw new BryoError(
      'image-in-use',
      `image ${name} is used by container ${first.name} (${first.id.slice(0, 12)})`,
      { exitCode: 2, hint: 'remove the container first, or use --force' },
    );
  }
  for (const { id: user } of users) {
    const options = { force: true, ignore: true, volumes: false, depend: true };
    await removeContainer(engine, user, options);
  }
}

/** `bryo image mount` does not keep an image: what is mounted of it goes first. */
async function endImageMounts(engine: Engine, ids: readonly string[]): Promise<void> {
  const mounted = ids.filter((id) => existsSync(storePaths.imageMount(engine.store, id)));
  if (mounted.length === 0) return;
  const { removeImageMounts } = await import('../mounts/image.ts');
  for (const id of mounted) await removeImageMounts(engine, id);
}

/**
 * Removes a name of an image, and the image with its last name. Throws BryoError `no-such-image`
 * (exit code 1) or `image-in-use` (2).
 */
export function removeImage(engine: Engine, name: string, force: boolean): Promise<RemovedImage> {
  return notingUnfinished(engine.store, () => untagOrRemove(engine, name, force, null));
}

/**
 * Removes several images, by the function that `action` gets. Blobs that nobody needs any more go at
 * the end: to find it all images are read.
 */
export function removeImages<T>(
  engine: Engine,
  force: boolean,
  action: (remove: (name: string) => Promise<RemovedImage>) => Promise<T>,
): Promise<T> {
  return notingUnfinished(engine.store, async () => {
    const batch: Batch = { gone: [], entries: null };
    const result = await action((name) => untagOrRemove(engine, name, force, batch));
    if (batch.gone.length > 0) await collectGarbage(engine, batch.gone);
    return result;
  });
}

/**
 * Takes a name with a digest, under which it was pulled, off an image that has other names. Tells whether
 * it had it.
 */
function forgetDigest(store: Store, image: ResolvedImage, name: string): boolean {
  if (!name.includes('@')) return false;
  const { domain, path } = parseReference(name);
  let known = false;
  updateIndex(store, (entries) =>
    entries.map((entry) => {
      const { [repositoryAnnotation]: repository, ...annotations } = entry.descriptor.annotations;
      if (entry.descriptor.digest !== image.entryDigest || repository !== `${domain}/${path}`) {
        return entry;
      }
      known = true;
      return { ...entry, descriptor: { ...entry.descriptor, annotations } };
    }),
  );
  return known;
}

/** Removes what nobody needs then or, in a batch, notes that there is such. */
async function untagOrRemove(
  engine: Engine,
  nameOrId: string,
  force: boolean,
  batch: Batch | null,
): Promise<RemovedImage> {
  const image = resolveNamed(engine.store, nameOrId);
  const { asked: name } = image;
  if (image.kind === 'list') {
    await dropListName(engine, image.name);
    recordImageEvent(engine, 'untag', image.id, image.name);
    return { untagged: [image.name], deleted: image.names.length > 1 ? [] : [image.id] };
  }
  if (image.names.length > 0 && forgetDigest(engine.store, image, name)) {
    recordImageEvent(engine, 'untag', image.id, name);
    return { untagged: [name], deleted: [] };
  }
  const pinned = name.includes('@');
  const byId = !pinned && image.id.startsWith(name.replace(/^sha256:/, ''));
  const target = targetOf(engine, image, { byId, batch });
  const asked = nameToTake(name, image, byId || pinned);
  const untagged = asked ?? target.names;
  if (asked === null && target.names.length > 1 && !force) {
    throw new BryoError(
      'image-has-names',
      `image ${name} has several names: ${target.names.join(', ')}`,
      { hint: 'remove the names, or use --force' },
    );
  }
  const expected = untagged.length >= target.names.length;
  if (expected && !target.remains) await checkUnused(engine, image, { name, force });
  let last = expected;
  const gone = new Set(untagged);
  updateIndex(
    engine.store,
    (entries) => {
      const isMeant = ({ descriptor }: IndexEntry) => target.digests.has(descriptor.digest);
      // Other commands may have given it a name since, or taken one.
      last = entries.every(
        (entry) => !isMeant(entry) || entry.name === null || gone.has(entry.name),
      );
      if (last && !expected) return entries;
      return entries.filter((entry) => {
        if (!isMeant(entry)) return true;
        return !last && (entry.name === null || !gone.has(entry.name));
      });
    },
    (entries) => {
      if (last && batch === null) removeBlobs(engine.store, entries, [image]);
    },
  );
  if (last && !expected) return untagOrRemove(engine, name, force, batch);
  for (const tag of [...untagged].reverse()) recordImageEvent(engine, 'untag', image.id, tag);
  if (!last) return { untagged: [...untagged], deleted: [] };
  batch?.gone.push(image);
  await endImageMounts(engine, [image.id]);
  if (batch === null) await removeUnusedLayers(engine);
  if (target.remains) return { untagged: [...untagged], deleted: [] };
  recordImageEvent(engine, 'remove', image.id, name);
  return { untagged: [...untagged], deleted: [image.id] };
}

/** The one name to take off; null: all of them, for the image was named by its id or digest. */
function nameToTake(name: string, image: ResolvedImage, whole: boolean): string[] | null {
  if (whole) return null;
  const meant = nameMeant(image.names, name);
  return meant === undefined ? [] : [meant];
}

/** Removes the images that `fits` and no container uses; returns their ids. */
export async function pruneImages(
  engine: Engine,
  fits: (image: ResolvedImage) => boolean,
): Promise<string[]> {
  sweepPartials(engine.store, true);
  const used = new Set(
    listRecords(engine.store)
      .records.flatMap(usedImages)
      .map(({ id }) => id),
  );
  const unused = listImages(engine.store).filter((image) => !used.has(image.id) && fits(image));
  const gone = new Set<string>(unused.map(({ entryDigest }) => entryDigest));
  if (gone.size === 0) return [];
  await notingUnfinished(engine.store, async () => {
    updateIndex(
      engine.store,
      (entries) => entries.filter(({ descriptor }) => !gone.has(descriptor.digest)),
      (entries) => removeBlobs(engine.store, entries, unused),
    );
    await endImageMounts(
      engine,
      unused.map(({ id }) => id),
    );
    await removeUnusedLayers(engine);
  });
  for (const { id, names } of unused) recordImageEvent(engine, 'remove', id, names[0] ?? '');
  return unused.map(({ id }) => id);
}

/** Takes a name off a list, which goes with its last one. */
async function dropListName(engine: Engine, fullName: string): Promise<void> {
  updateIndex(
    engine.store,
    (entries) => entries.filter(({ name }) => name !== fullName),
    (entries) => removeBlobs(engine.store, entries),
  );
  await removeUnusedLayers(engine);
}

/** Removes a list of manifests, by its full name, of which none is for this machine. */
export async function removeListEntry(engine: Engine, fullName: string): Promise<void> {
  await notingUnfinished(engine.store, () => dropListName(engine, fullName));
}
