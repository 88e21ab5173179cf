import type { Descriptor } from './manifest.ts';

/** Annotation of an image's entries: the names that it had before, the last one first, with spaces between. */
const formerAnnotation = 'io.bryo.former-names';

/** A name that is given and taken a thousand times must not make the index grow. */
const mostNames = 64;

/** An entry of the store's index. */
interface NamedEntry {
  descriptor: Descriptor;
  name: string | null;
}

/** The names of an image and those that it had before. */
interface Naming {
  names: Set<string>;
  former: string[];
}

function namingsOf(entries: readonly NamedEntry[]): Map<string, Naming> {
  const namings = new Map<string, Naming>();
  for (const { descriptor, name } of entries) {
    const naming = namings.get(descriptor.digest) ?? { names: new Set(), former: [] };
    if (name !== null) naming.names.add(name);
    if (naming.former.length === 0) naming.former = formerNames(descriptor);
    namings.set(descriptor.digest, naming);
  }
  return namings;
}

/** The names that an image had before, the last one first. */
export function formerNames({ annotations }: Descriptor): string[] {
  return annotations[formerAnnotation]?.split(' ') ?? [];
}

/** Tells whether an entry is of an image of which an entry has come or gone: as a rule a few of very many. */
function touchedImages(before: readonly NamedEntry[], entries: readonly NamedEntry[]) {
  const [earlier, now] = [new Set(before), new Set(entries)];
  const changed = [
    ...before.filter((entry) => !now.has(entry)),
    ...entries.filter((entry) => !earlier.has(entry)),
  ];
  const digests = new Set<string>(changed.map(({ descriptor }) => descriptor.digest));
  return ({ descriptor }: NamedEntry): boolean => digests.has(descriptor.digest);
}

/** Entries that know which names their images have lost since the index was as `before`. */
export function keepFormerNames(
  before: readonly NamedEntry[],
  entries: readonly NamedEntry[],
): NamedEntry[] {
  const isTouched = touchedImages(before, entries);
  const earlier = namingsOf(before.filter(isTouched));
  const now = namingsOf(entries.filter(isTouched));
  const texts = new Map<string, string>();
  for (const [digest, { names }] of now) {
    const known = earlier.get(digest);
    if (known === undefined) continue;
    const lost = [...known.names].filter((name) => !names.has(name));
    const older = known.former.filter((name) => !names.has(name) && !lost.includes(name));
    texts.set(digest, [...lost, ...older].slice(0, mostNames).join(' '));
  }
  return entries.map((entry) => {
    const { descriptor, name } = entry;
    if (!isTouched(entry)) return entry;
    const text = texts.get(descriptor.digest) ?? '';
    if (text === (descriptor.annotations[formerAnnotation] ?? '')) return entry;
    const { [formerAnnotation]: _before, ...others } = descriptor.annotations;
    const annotations = text === '' ? others : { ...others, [formerAnnotation]: text };
    return { descriptor: { ...descriptor, annotations }, name };
  });
}
