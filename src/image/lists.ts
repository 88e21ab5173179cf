import { BryoError } from '../base/errors.ts';
import { syncFilesystem } from '../native/locks.ts';
import type { Store } from '../store/paths.ts';
import type { Digest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { arrayAt, type JsonObject, objectAt, parseObject } from './json-shape.ts';
import {
  adoptBlob,
  type IndexEntry,
  initLayout,
  readBlob,
  readIndex,
  readSteadily,
  updateIndex,
  writeBlob,
} from './layout.ts';
import { readDescriptor } from './manifest.ts';
import { isIndexType, mediaTypes } from './media-types.ts';
import { candidateNames } from './resolve.ts';

/** An entry of a list, as it is written: members that are not known here are kept. */
export type ListEntry = JsonObject & { digest: Digest; mediaType: string; size: number };

/** A list of manifests in the store: an OCI index under a name. */
export interface StoredList {
  /** Full reference. */
  name: string;
  digest: Digest;
  document: JsonObject;
  entries: ListEntry[];
}

const emptyList: JsonObject = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [],
};

function readEntries(document: JsonObject): ListEntry[] {
  return arrayAt(document['manifests'], 'manifests').map((item, index) => {
    const { digest, mediaType, size } = readDescriptor(item, `manifests[${index}]`);
    return { ...objectAt(item, `manifests[${index}]`), digest, mediaType, size };
  });
}

function indexEntryOf(store: Store, name: string): IndexEntry | undefined {
  const candidates = candidateNames(name);
  const entries = readIndex(store);
  return candidates
    .map((full) => entries.find((entry) => entry.name === full))
    .find((entry) => entry !== undefined);
}

/** The list of a name; null: there is none, or the name is an image's. */
export function findList(store: Store, name: string): StoredList | null {
  return readSteadily(store, () => lookUpList(store, name));
}

function lookUpList(store: Store, name: string): StoredList | null {
  const entry = indexEntryOf(store, name);
  if (!entry?.name || !isIndexType(entry.descriptor.mediaType)) return null;
  const { digest } = entry.descriptor;
  const document = parseObject(readBlob(store, digest), 'the list');
  return { name: entry.name, digest, document, entries: readEntries(document) };
}

/** As findList. Throws BryoError `no-such-list`. */
export function resolveList(store: Store, name: string): StoredList {
  const list = findList(store, name);
  if (list !== null) return list;
  const taken = indexEntryOf(store, name) !== undefined;
  throw new BryoError(
    'no-such-list',
    taken ? `${name} is an image and not a manifest list` : `${name}: manifest list not known`,
  );
}

/** Blobs that come in with a list. */
export interface Incoming {
  /** Files in the staging directory, by digest. */
  staged: ReadonlyMap<string, string>;
  documents: ReadonlyMap<string, Uint8Array>;
}

export const nothingNew: Incoming = { staged: new Map(), documents: new Map() };

/**
 * Changes a list, or makes it, in one step: what others have done to it meanwhile is kept. Gives
 * the new digest. Errors: those of `change`, which gets null when there is no such list.
 */
export function updateList(
  store: Store,
  fullName: string,
  change: (list: StoredList | null) => readonly ListEntry[],
  incoming: Incoming = nothingNew,
): Digest {
  initLayout(store);
  syncFilesystem(store.root);
  let digest: Digest | null = null;
  updateIndex(store, (entries) => {
    for (const [name, path] of incoming.staged) adoptBlob(store, name, path);
    for (const [name, bytes] of incoming.documents) writeBlob(store, name, bytes);
    const known = lookUpList(store, fullName);
    const manifests = change(known);
    const bytes = Buffer.from(JSON.stringify({ ...(known?.document ?? emptyList), manifests }));
    digest = digestBytes(bytes);
    writeBlob(store, digest, bytes);
    const descriptor = {
      mediaType: String(known?.document['mediaType'] ?? mediaTypes.ociIndex),
      digest,
      size: bytes.length,
      annotations: {},
      platform: null,
    };
    return [...entries.filter(({ name }) => name !== fullName), { descriptor, name: fullName }];
  });
  if (digest === null) throw new Error('the list was not written');
  return digest;
}
