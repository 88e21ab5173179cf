import { BryoError } from '../../base/errors.ts';
import { candidateNames, listImages, type ResolvedImage } from '../../image/resolve.ts';
import type { Store } from '../../store/paths.ts';

/** An image while names are taken off it, of which the store knows nothing yet. */
export interface RemainingImage {
  readonly image: ResolvedImage;
  readonly names: Set<string>;
}

/** A full name, and the ends of it that a short name may mean: `a/b:1` and `b:1` of `x.io/a/b:1`. */
function endsOf(name: string): string[] {
  const ends = [name];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    ends.push(name.slice(at + 1));
  }
  return ends;
}

/** Full names that a text may mean; none: it can be no name. */
function fullNames(asked: string): string[] {
  try {
    return candidateNames(asked);
  } catch (error) {
    if (error instanceof BryoError) return [];
    throw error;
  }
}

/**
 * The readable images of a store at one time, found by name and by id without a look at all of them:
 * a command may be given thousands of names.
 */
export class StoredNames {
  readonly #byEntry = new Map<string, RemainingImage>();
  readonly #byName = new Map<string, RemainingImage>();
  readonly #byId = new Map<string, RemainingImage[]>();
  /** Sorted; those of images that are gone stay among them. */
  readonly #ids: readonly string[];
  readonly #ends = new Set<string>();

  constructor(store: Store) {
    for (const image of listImages(store)) {
      const remaining = { image, names: new Set(image.names) };
      this.#byEntry.set(image.entryDigest, remaining);
      for (const name of image.names) {
        this.#byName.set(name, remaining);
        for (const end of endsOf(name)) this.#ends.add(end);
      }
      const same = this.#byId.get(image.id);
      if (same === undefined) this.#byId.set(image.id, [remaining]);
      else same.push(remaining);
    }
    this.#ids = [...this.#byId.keys()].sort();
  }

  /** The image of an entry of the index. */
  ofEntry(digest: string): RemainingImage | undefined {
    return this.#byEntry.get(digest);
  }

  /** All images of an id: two manifests can share a config, with its layers compressed in another way. */
  ofId(id: string): readonly RemainingImage[] {
    return this.#byId.get(id) ?? [];
  }

  /** The image that is certainly meant by a whole name, an id or its beginning; null: ask the store. */
  find(asked: string): RemainingImage | null {
    if (asked.includes('@')) return null;
    const hex = asked.replace(/^sha256:/, '');
    if (/^[0-9a-f]{64}$/.test(hex)) return this.#ownOf(hex);
    for (const name of fullNames(asked)) {
      const named = this.#byName.get(name);
      if (named !== undefined) return named;
    }
    if (!/^[0-9a-f]{3,63}$/.test(asked) || this.#ends.has(`${asked}:latest`)) return null;
    const ids = this.#idsFrom(asked);
    return ids.length === 1 ? this.#ownOf(ids[0] ?? '') : null;
  }

  /** An entry that only a list names has not been looked at yet, and may not be what it says. */
  #ownOf(id: string): RemainingImage | null {
    const images = this.ofId(id);
    const own = images.find(({ image }) => image.entryDigest === image.manifestDigest);
    return own ?? images[0] ?? null;
  }

  /** At most two ids of images that begin so. */
  #idsFrom(beginning: string): string[] {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? '') < beginning) low = middle + 1;
      else high = middle;
    }
    const found: string[] = [];
    for (; found.length < 2 && this.#ids[low]?.startsWith(beginning); low += 1) {
      const id = this.#ids[low] ?? '';
      if (this.#byId.has(id)) found.push(id);
    }
    return found;
  }

  /** Takes names off images; `whole`: they go. */
  take(images: readonly RemainingImage[], names: readonly string[], whole: boolean): void {
    for (const name of names) this.#byName.delete(name);
    for (const remaining of images) {
      for (const name of names) remaining.names.delete(name);
      if (!whole) continue;
      const { id, entryDigest } = remaining.image;
      this.#byEntry.delete(entryDigest);
      const others = this.ofId(id).filter((one) => one !== remaining);
      if (others.length === 0) this.#byId.delete(id);
      else this.#byId.set(id, others);
    }
  }
}
