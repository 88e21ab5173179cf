import type { IndexEntry } from '../../image/layout.ts';
import type { Descriptor } from '../../image/manifest.ts';
import { nameMeant, type ResolvedImage } from '../../image/resolve.ts';

/** A removal: of names of an image, or with them of the image, once the index is changed. */
export interface Planned {
  asked: string;
  image: ResolvedImage;
  /** Of its entries in the index. */
  digests: readonly string[];
  untagged: readonly string[];
  /** `entry`: its entries go, and the image stays under another one. */
  goes: 'names' | 'entry' | 'image';
}

/** The one name to take off; null: all of them, for the image was named by its id or digest. */
export function nameToTake(
  asked: string,
  names: readonly string[],
  whole: boolean,
): string[] | null {
  if (whole) return null;
  const meant = nameMeant(names, asked);
  return meant === undefined ? [] : [meant];
}

/** An entry's digest and name in one text: a digest has no blank. */
function keyOf(digest: string, name: string): string {
  return `${digest} ${name}`;
}

/** The entries that removals leave, and the removals that leave the image, for it has got another name meanwhile. */
export function remainingEntries(
  entries: readonly IndexEntry[],
  planned: readonly Planned[],
): { entries: IndexEntry[]; kept: ReadonlySet<Planned> } {
  const dropped = new Set<string>();
  const ends = new Map<string, Planned>();
  for (const plan of planned) {
    for (const digest of plan.digests) {
      for (const name of plan.untagged) dropped.add(keyOf(digest, name));
      if (plan.goes !== 'names') ends.set(digest, plan);
    }
  }
  const isDropped = ({ descriptor: { digest }, name }: IndexEntry) =>
    name !== null && dropped.has(keyOf(digest, name));
  const kept = new Set<Planned>();
  for (const entry of entries) {
    const end = ends.get(entry.descriptor.digest);
    if (end !== undefined && entry.name !== null && !isDropped(entry)) kept.add(end);
  }
  const isGone = ({ digest }: Descriptor) => {
    const end = ends.get(digest);
    return end !== undefined && !kept.has(end);
  };
  const left = entries.filter((entry) => !isGone(entry.descriptor) && !isDropped(entry));
  // An image of which others took the other names may be used by a container: nobody has looked.
  const known = new Set<string>(left.map(({ descriptor }) => descriptor.digest));
  for (const entry of entries) {
    const { digest } = entry.descriptor;
    if (known.has(digest) || isGone(entry.descriptor) || !isDropped(entry)) continue;
    known.add(digest);
    left.push({ ...entry, name: null });
  }
  return { entries: left, kept };
}
