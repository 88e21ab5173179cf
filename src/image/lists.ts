import { BryoError } from '../base/errors.ts';
import { randomHex } from '../base/random.ts';
import { syncFilesystem } from '../native/locks.ts';
import type { Store } from '../store/paths.ts';
import { type Digest, digestHex } from './digest.ts';
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
import { type Descriptor, readDescriptor } from './manifest.ts';
import { isIndexType, mediaTypes } from './media-types.ts';
import { candidateNames } from './resolve.ts';

/** An entry of a list, as it is written: members that are not known here are kept. */
export type ListEntry = JsonObject & { digest: Digest; mediaType: string; size: number };

/** Annotation of a list's entries in the index: the id that it keeps however it is changed. */
const idAnnotation = 'io.bryo.list-id';

/** A list of manifests in the store: an OCI index under a name. */
export interface StoredList {
  /** 64 hexadecimal digits, which stay the same when the list is changed. */
  id: string;
  /** Full reference. */
  name: string;
  digest: Digest;
  document: JsonObject;
  entries: ListEntry[];
}

/** Members that docker's lists do not have. */
const ociMembers = ['annotations', 'artifactType', 'subject', 'urls'];

/** Docker's list where nothing in it needs an OCI index, as podman writes one. */
function listType(members: JsonObject, entries: readonly ListEntry[]): string {
  const isOci = (object: JsonObject): boolean =>
    ociMembers.some((name) => object[name] !== undefined);
  const plain = entries.every(
    (entry) => entry.mediaType === mediaTypes.dockerManifest && !isOci(entry),
  );
  return plain && !isOci(members) ? mediaTypes.dockerList : mediaTypes.ociIndex;
}

function readEntries(document: JsonObject): ListEntry[] {
  return arrayAt(document['manifests'], 'manifests').map((item, index) => {
    const { digest, mediaType, size } = readDescriptor(item, `manifests[${index}]`);
    return { ...objectAt(item, `manifests[${index}]`), digest, mediaType, size };
  });
}

/** The id of a list, which is its digest's until a command has changed it. */
function idOf({ annotations, digest }: Descriptor): string {
  return annotations[idAnnotation] ?? digestHex(digest);
}

/** The list whose id, or else whose digest, begins so; undefined: none does, or several do. */
function listById(entries: readonly IndexEntry[], text: string): IndexEntry | undefined {
  const [, hex] = /^(?:sha256:)?([0-9a-f]{3,64})$/.exec(text) ?? [];
  if (hex === undefined) return undefined;
  const lists = entries.filter(({ descriptor }) => isIndexType(descriptor.mediaType));
  const called = lists.filter(({ descriptor }) => idOf(descriptor).startsWith(hex));
  const fitting =
    called.length > 0
      ? called
      : lists.filter(({ descriptor }) => digestHex(descriptor.digest).startsWith(hex));
  const digests = new Set(fitting.map(({ descriptor }) => descriptor.digest));
  return digests.size === 1 ? fitting[0] : undefined;
}

function indexEntryOf(store: Store, name: string): IndexEntry | undefined {
  const entries = readIndex(store);
  // No name looks like a whole id.
  const candidates = /^(sha256:)?[0-9a-f]{64}$/.test(name) ? [] : candidateNames(name);
  const named = candidates
    .map((full) => entries.find((entry) => entry.name === full))
    .find((entry) => entry !== undefined);
  return named ?? listById(entries, name);
}

/** The list of a name or id; null: there is none, or the name is an image's. */
export function findList(store: Store, name: string): StoredList | null {
  return readSteadily(store, () => lookUpList(store, name));
}

function lookUpList(store: Store, name: string): StoredList | null {
  const entry = indexEntryOf(store, name);
  if (!entry?.name || !isIndexType(entry.descriptor.mediaType)) return null;
  const { digest } = entry.descriptor;
  const document = parseObject(readBlob(store, digest), 'the list');
  const id = idOf(entry.descriptor);
  return { id, name: entry.name, digest, document, entries: readEntries(document) };
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

/** A list after a change: its manifests, and other members that it gets (`annotations`, …). */
export interface ChangedList {
  entries: readonly ListEntry[];
  members?: JsonObject;
}

/**
 * Changes a list, or makes it, in one step: what others have done to it meanwhile is kept. Gives
 * the list's id. Errors: those of `change`, which gets null when there is no such list.
 */
export function updateList(
  store: Store,
  fullName: string,
  change: (list: StoredList | null) => ChangedList,
  incoming: Incoming = nothingNew,
): string {
  initLayout(store);
  syncFilesystem(store.root);
  let id: string | null = null;
  updateIndex(store, (entries) => {
    for (const [name, path] of incoming.staged) adoptBlob(store, name, path);
    for (const [name, bytes] of incoming.documents) writeBlob(store, name, bytes);
    const known = lookUpList(store, fullName);
    const { entries: manifests, members = {} } = change(known);
    const document = { ...known?.document, ...members };
    const mediaType = listType(document, manifests);
    const written = { schemaVersion: 2, ...document, mediaType, manifests };
    const bytes = Buffer.from(JSON.stringify(written));
    const digest = digestBytes(bytes);
    id = known?.id ?? randomHex(32);
    writeBlob(store, digest, bytes);
    const descriptor = {
      mediaType,
      digest,
      size: bytes.length,
      annotations: { [idAnnotation]: id },
      platform: null,
    };
    return [...entries.filter(({ name }) => name !== fullName), { descriptor, name: fullName }];
  });
  if (id === null) throw new Error('the list was not written');
  return id;
}
