import { BryoError } from '../base/errors.ts';
import type { Store } from '../store/paths.ts';
import { checkLayerCount, type ImageConfig, parseConfig } from './config.ts';
import { digestHex, isDigest } from './digest.ts';
import { formerNames } from './former-names.ts';
import {
  hasBlob,
  type IndexEntry,
  indexAnnotation,
  readBlob,
  readIndex,
  readSteadily,
  repositoryAnnotation,
} from './layout.ts';
import { type Manifest, type Platform, parseManifest, parseSingleManifest } from './manifest.ts';
import { hostPlatform, selectManifest } from './platform.ts';
import {
  formatReference,
  ownReference,
  type ParsedReference,
  parseReference,
} from './reference.ts';

/** An image of the store. */
export interface ResolvedImage {
  /** Hex of the config's digest. */
  id: string;
  manifestDigest: string;
  /** The digest in the store's index: of the manifest itself, or of a list that has it for this machine. */
  entryDigest: string;
  manifest: Manifest;
  config: ImageConfig;
  /** All its names, as full references. */
  names: string[];
  /** Names that it had before, the last one first. */
  former: string[];
}

/** Of a list the manifest for a platform. */
function chooseManifest(store: Store, digest: string, names: readonly string[], wanted: Platform) {
  const document = parseManifest(readBlob(store, digest));
  if (document.kind === 'manifest') return { digest, manifest: document };
  const what = names[0] ?? 'the list';
  const chosen = selectManifest(document, wanted, what);
  return {
    digest: chosen.digest,
    manifest: parseSingleManifest(readBlob(store, chosen.digest), chosen.mediaType),
  };
}

/** Reads an image's manifest and config. Throws BryoError `bad-image`, `no-matching-platform`. */
export function loadImage(
  store: Store,
  entryDigest: string,
  names: string[],
  former: string[] = [],
  wanted = hostPlatform(process.arch),
): ResolvedImage {
  const { digest: manifestDigest, manifest } = chooseManifest(store, entryDigest, names, wanted);
  const config = parseConfig(readBlob(store, manifest.config.digest));
  checkLayerCount(manifest, config);
  const id = digestHex(manifest.config.digest);
  return { id, manifestDigest, entryDigest, manifest, config, names, former };
}

function namesOf(entries: readonly IndexEntry[], digest: string): string[] {
  return entries.flatMap(({ descriptor, name }) =>
    descriptor.digest === digest && name !== null ? [name] : [],
  );
}

/** The former names that the entries of a manifest know of. */
function formerOf(entries: readonly IndexEntry[], digest: string): string[] {
  const entry = entries.find(({ descriptor }) => descriptor.digest === digest);
  return entry === undefined ? [] : formerNames(entry.descriptor);
}

/** The entries of each manifest, in the order in which they came. */
function byDigest(entries: readonly IndexEntry[]): Map<string, IndexEntry[]> {
  const groups = new Map<string, IndexEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.descriptor.digest);
    if (group === undefined) groups.set(entry.descriptor.digest, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** Images that listings of this process have read: a digest stands for the same document always. */
const listed = new Map<string, ResolvedImage>();

function loadListed(
  store: Store,
  digest: string,
  { names, former }: Pick<ResolvedImage, 'names' | 'former'>,
): ResolvedImage {
  const key = `${digest} ${store.root}`;
  const image = listed.get(key) ?? loadImage(store, digest, []);
  listed.set(key, image);
  return { ...image, names, former };
}

/** Every image once. Images that cannot be read are left out: `rmi` and a new pull mend them. */
export function listImages(store: Store): ResolvedImage[] {
  const images: ResolvedImage[] = [];
  for (const [digest, entries] of byDigest(readIndex(store))) {
    try {
      const former = formerOf(entries, digest);
      images.push(loadListed(store, digest, { names: namesOf(entries, digest), former }));
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
    }
  }
  return images;
}

/**
 * Of these names the one that a short name means which is none of its own: an alias or a search registry gave it, or it
 * is the end of that path (`app:1` of `example.com/team/app:1`), as podman looks up names. A whole path goes before.
 */
function findShort(names: readonly string[], name: string): string | undefined {
  const reference = parseReference(name);
  if (!reference.short) return undefined;
  const { path, tag } = ownReference(reference);
  const end = `/${path}:${tag}`;
  const meant = names.filter((known) => known.endsWith(end));
  return meant.find((known) => !known.slice(0, -end.length).includes('/')) ?? meant[0];
}

/** Full references that a short name may stand for, in the order in which they are tried. */
export function candidateNames(name: string): string[] {
  const reference = parseReference(name);
  const full = formatReference({ ...reference, digest: null });
  if (!reference.short) return [full];
  const local = formatReference({ ...ownReference(reference), digest: null });
  return [local, full];
}

function findById(store: Store, prefix: string): ResolvedImage | null {
  const hex = prefix.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{3,64}$/.test(hex)) return null;
  const matches = listImages(store).filter(
    ({ id, manifestDigest }) => id.startsWith(hex) || manifestDigest === `sha256:${hex}`,
  );
  // Several manifests may share a config: the same image, compressed in another way.
  if (new Set(matches.map(({ id }) => id)).size > 1) {
    throw new BryoError(
      'ambiguous-id',
      `more than one image id begins with ${JSON.stringify(hex)}`,
    );
  }
  // An entry that only a list names has not been looked at yet, and may not be what it says.
  const own = matches.find(({ entryDigest, manifestDigest }) => entryDigest === manifestDigest);
  return own ?? matches[0] ?? findMember(store, hex);
}

/** An image for another machine that only a list has, by its whole id: a container may be made of it. */
function findMember(store: Store, id: string): ResolvedImage | null {
  if (!isWholeId(id)) return null;
  for (const { descriptor } of readIndex(store)) {
    const document = parseManifest(readBlob(store, descriptor.digest));
    if (document.kind !== 'index') continue;
    for (const { digest, platform } of document.manifests) {
      if (platform === null || !hasBlob(store, digest)) continue;
      const image = loadImage(store, digest, []);
      if (image.id === id) return { ...image, entryDigest: descriptor.digest };
    }
  }
  return null;
}

/** Whether an image has a name of a repository, or was pulled from it by its digest. */
function isOf(entry: IndexEntry, reference: ParsedReference): boolean {
  if (
    entry.descriptor.annotations[repositoryAnnotation] === `${reference.domain}/${reference.path}`
  ) {
    return true;
  }
  if (entry.name === null) return false;
  const { domain, path } = parseReference(entry.name);
  if (reference.short && path === ownReference(reference).path) return true;
  return domain === reference.domain && path === reference.path;
}

/** The manifest of an image that a repository is known to have under this digest. */
function findPinned(entries: readonly IndexEntry[], reference: ParsedReference): string | null {
  const { digest } = reference;
  const found = entries.find(
    (entry) =>
      isOf(entry, reference) &&
      (entry.descriptor.digest === digest ||
        entry.descriptor.annotations[indexAnnotation] === digest),
  );
  return found?.descriptor.digest ?? null;
}

/**
 * Finds an image by name, digest or a beginning of its id; null when the store has none such. Of a list with that
 * name it is the image for a platform, which throws BryoError `no-matching-platform`.
 */
export function findImage(
  store: Store,
  name: string,
  wanted = hostPlatform(process.arch),
): ResolvedImage | null {
  return readSteadily(store, () => lookUpImage(store, name, wanted));
}

function lookUpImage(store: Store, name: string, wanted: Platform): ResolvedImage | null {
  const entries = readIndex(store);
  const load = (digest: string): ResolvedImage =>
    loadImage(store, digest, namesOf(entries, digest), formerOf(entries, digest), wanted);
  if (!isDigest(name)) {
    if (name.includes('@')) {
      const pinned = findPinned(entries, parseReference(name));
      return pinned === null ? null : load(pinned);
    }
    const names = entries.flatMap((one) => one.name ?? []);
    const meant = nameMeant(names, name);
    const entry = entries.find((one) => meant !== undefined && one.name === meant);
    if (entry !== undefined) {
      return load(entry.descriptor.digest);
    }
  }
  return findById(store, name);
}

/** A whole id looks like no reference. */
function isWholeId(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

function isReference(name: string): boolean {
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}

/** The full name by which an image was asked for, as listings show it. */
export function nameAskedFor(image: ResolvedImage, asked: string): string {
  if (asked.includes('@')) return asked;
  return nameMeant(image.names, asked) ?? image.names[0] ?? asked;
}

/** The one of these full names that a name means; undefined: none of them. */
export function nameMeant(names: readonly string[], asked: string): string | undefined {
  if (isWholeId(asked) || !isReference(asked)) return undefined;
  const own = candidateNames(asked).find((name) => names.includes(name));
  return own ?? findShort(names, asked);
}

/** As findImage. Throws BryoError `no-such-image`. */
export function resolveImage(store: Store, name: string): ResolvedImage {
  const image = findImage(store, name);
  if (image !== null) return image;
  if (!isReference(name) && !isDigest(name) && !isWholeId(name)) parseReference(name);
  throw new BryoError('no-such-image', `${name}: image not known`, { about: name });
}
