import { BryoError } from '../../base/errors.ts';
import { parseDigest } from '../../image/digest.ts';
import { entryOf } from '../../image/fetch-list.ts';
import type { JsonObject } from '../../image/json-shape.ts';
import { readBlob, readIndex, withIndexLock } from '../../image/layout.ts';
import {
  type ChangedList,
  findList,
  type Incoming,
  type ListEntry,
  nothingNew,
  resolveList,
  type StoredList,
  updateList,
} from '../../image/lists.ts';
import { findImage } from '../../image/resolve.ts';
import { readDocument } from '../../image/stored-documents.ts';
import { parseTransport } from '../../image/transport.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';
import { removeBlobs } from '../system/garbage.ts';
import { sweep } from '../system/sweep.ts';
import type { EntriesRequest, FoundEntries } from './remote-lists.ts';
import { removeImage } from './remove.ts';
import { removeListEntry } from './remove-list.ts';
import { targetName } from './tag.ts';

/** The changes of an entry that flags ask for; null or empty: none. */
export interface EntryChanges {
  annotations: Readonly<Record<string, string>>;
  arch: string | null;
  os: string | null;
  variant: string | null;
  osVersion: string | null;
  features: readonly string[];
  osFeatures: readonly string[];
}

export const noChanges: EntryChanges = {
  annotations: {},
  arch: null,
  os: null,
  variant: null,
  osVersion: null,
  features: [],
  osFeatures: [],
};

export interface AddRequest extends EntriesRequest {
  /** An image of the store, or of a registry. */
  image: string;
  changes: EntryChanges;
}

function changeEntry(entry: ListEntry, changes: EntryChanges): ListEntry {
  const { annotations, arch, os, variant, osVersion, features, osFeatures } = changes;
  const platform = {
    ...(entry['platform'] as JsonObject | undefined),
    ...(arch !== null && { architecture: arch }),
    ...(os !== null && { os }),
    ...(variant !== null && { variant }),
    ...(osVersion !== null && { 'os.version': osVersion }),
    ...(features.length > 0 && { features }),
    ...(osFeatures.length > 0 && { 'os.features': osFeatures }),
  };
  const all = { ...(entry['annotations'] as JsonObject | undefined), ...annotations };
  return {
    ...entry,
    ...(Object.keys(platform).length > 0 && { platform }),
    ...(Object.keys(all).length > 0 && { annotations: all }),
  };
}

/** Changes a list and removes its former content. */
function replaceList(
  { store }: Engine,
  fullName: string,
  change: (list: StoredList | null) => ChangedList,
  incoming: Incoming = nothingNew,
): Promise<string> {
  return notingUnfinished(store, async () => {
    const id = updateList(store, fullName, change, incoming);
    withIndexLock(store, () => removeBlobs(store, readIndex(store)));
    return id;
  });
}

export interface CreateListRequest {
  /** A list of the name may be there. */
  amend: boolean;
  /** Of the list itself. */
  annotations: Readonly<Record<string, string>>;
}

/** The members that give a list these annotations beside those that it has. */
function annotated(list: StoredList | null, more: Readonly<Record<string, string>>): JsonObject {
  if (Object.keys(more).length === 0) return {};
  return { annotations: { ...(list?.document['annotations'] as JsonObject | undefined), ...more } };
}

/** Makes an empty list; gives its id. Throws BryoError `name-in-use` unless it may be there. */
export async function createList(
  engine: Engine,
  name: string,
  { amend, annotations }: CreateListRequest,
): Promise<string> {
  makeStore(engine.store);
  await sweep(engine);
  const full = targetName(name);
  return replaceList(engine, full, (known) => {
    const taken = readIndex(engine.store).some((entry) => entry.name === full);
    if (taken && (known === null || !amend)) {
      throw new BryoError('name-in-use', `the name ${full} is in use`, {
        hint: known === null ? 'it is an image' : 'use --amend to add to that list',
      });
    }
    return { entries: known?.entries ?? [], members: annotated(known, annotations) };
  });
}

/** Gives a list itself annotations; gives its id. */
export function annotateList(
  engine: Engine,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Promise<string> {
  const { name: full } = resolveList(engine.store, name);
  return replaceList(engine, full, (known) => ({
    entries: known?.entries ?? [],
    members: annotated(known, annotations),
  }));
}

/** Entries for an image of the store; null: there is none. */
function localEntries(engine: Engine, name: string, all: boolean): ListEntry[] | null {
  const list = findList(engine.store, name);
  if (list !== null && all) return list.entries;
  const image = findImage(engine.store, name);
  if (image === null) return null;
  const bytes = readBlob(engine.store, image.manifestDigest);
  const { os, architecture, variant } = image.config;
  return [entryOf(bytes, readDocument(bytes), { os, architecture, variant })];
}

async function findEntries(engine: Engine, request: AddRequest): Promise<FoundEntries> {
  const [, ownStore] = /^containers-storage:(.+)$/.exec(request.image) ?? [];
  const place = ownStore === undefined ? parseTransport(request.image) : null;
  if (place !== null && place.transport !== 'docker') {
    throw new BryoError('usage', `${request.image}: pull it first, then add it by its name`);
  }
  const local =
    place === null ? localEntries(engine, ownStore ?? request.image, request.all) : null;
  if (local !== null) {
    return { entries: local, incoming: nothingNew, release: async () => undefined };
  }
  if (ownStore !== undefined) {
    throw new BryoError('no-such-image', `${ownStore}: image not known`);
  }
  const { remoteEntries } = await import('./remote-lists.ts');
  return remoteEntries(engine, place?.name ?? request.image, request);
}

/** Adds an image to a list, in the place of one of the same digest; gives the list's id. */
export async function addToList(engine: Engine, name: string, request: AddRequest) {
  const list = resolveList(engine.store, name);
  return addEntries(engine, list, await findEntries(engine, request), request.changes);
}

/** Adds what was found to a list, and releases it; gives the list's id. */
export async function addEntries(
  engine: Engine,
  list: StoredList,
  found: FoundEntries,
  changes: EntryChanges,
): Promise<string> {
  try {
    const added = found.entries.map((entry) => changeEntry(entry, changes));
    const replace = (known: readonly ListEntry[]): ListEntry[] => {
      const present = new Set(known.map(({ digest }) => digest));
      const byDigest = new Map(added.map((entry) => [entry.digest, entry] as const));
      const fresh = added.filter(({ digest }) => !present.has(digest));
      return [...known.map((entry) => byDigest.get(entry.digest) ?? entry), ...fresh];
    };
    return await replaceList(
      engine,
      list.name,
      (known) => ({ entries: replace(known?.entries ?? []) }),
      found.incoming,
    );
  } finally {
    await found.release();
  }
}

function withEntry(
  engine: Engine,
  name: string,
  digestText: string,
  change: (entry: ListEntry) => ListEntry[],
): Promise<string> {
  const { name: full } = resolveList(engine.store, name);
  const wanted = parseDigest(digestText);
  return replaceList(engine, full, (known) => {
    const entries = known?.entries ?? [];
    if (!entries.some(({ digest }) => digest === wanted)) {
      throw new BryoError('no-such-entry', `${full} has no manifest ${wanted}`);
    }
    const changed = entries.flatMap((entry) => (entry.digest === wanted ? change(entry) : [entry]));
    return { entries: changed };
  });
}

/** Changes what a list says of a manifest; gives the list's id. */
export function annotateEntry(
  engine: Engine,
  name: string,
  digest: string,
  changes: EntryChanges,
): Promise<string> {
  return withEntry(engine, name, digest, (entry) => [changeEntry(entry, changes)]);
}

/** Takes a manifest out of a list; gives the list's id. */
export function removeEntry(engine: Engine, name: string, digest: string): Promise<string> {
  return withEntry(engine, name, digest, () => []);
}

/** Removes a list, and what only it needed; gives its id. */
export async function removeList(engine: Engine, name: string): Promise<string> {
  const list = resolveList(engine.store, name);
  let runnable = true;
  try {
    runnable = findImage(engine.store, list.name) !== null;
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    // A list without an image for this machine cannot be in use here.
    runnable = false;
  }
  if (runnable) await removeImage(engine, list.name, false);
  else await removeListEntry(engine, list.name);
  return list.id;
}

/** The list of a name, or what the registry has under it, as it is. */
export async function inspectList(
  engine: Engine,
  name: string,
  access: RegistryAccess,
): Promise<JsonObject> {
  const place = parseTransport(name);
  const list = place === null ? findList(engine.store, name) : null;
  if (list !== null) return list.document;
  const { remoteList } = await import('./remote-lists.ts');
  return remoteList(place?.transport === 'docker' ? place.name : name, access);
}
