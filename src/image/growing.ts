import type { Pair } from '../containerfile/instructions.ts';

/** Labels of which earlier settings need nothing any more, so that they grow in their place. */
const ownLabels = new WeakSet<object>();

/** Places of variables by their names, in lists that grow in their place in the same way. */
const places = new WeakMap<readonly string[], Map<string, number>>();

/**
 * Labels with further ones. What this has returned before is changed: whoever goes on with settings in two ways
 * copies them. A copy for each of many instructions would take the time of a square.
 */
export function moreLabels(
  labels: Readonly<Record<string, string>> | undefined,
  pairs: readonly Pair[],
): Record<string, string> {
  const own = labels !== undefined && ownLabels.has(labels);
  const grown: Record<string, string> = own ? labels : { ...labels };
  ownLabels.add(grown);
  for (const { key, value } of pairs) {
    // A label may be called __proto__.
    Object.defineProperty(grown, key, {
      ...{ value, enumerable: true, configurable: true, writable: true },
    });
  }
  return grown;
}

function placesIn(words: readonly string[]): Map<string, number> {
  return new Map(words.map((word, at) => [word.split('=', 1)[0] ?? '', at]));
}

/** `KEY=value` words with further pairs, of which one that is there keeps its place. As `moreLabels`. */
export function moreVariables(
  words: readonly string[] | undefined,
  pairs: readonly Pair[],
): string[] {
  const known = words === undefined ? undefined : places.get(words);
  const grown = known === undefined ? [...(words ?? [])] : (words as string[]);
  const at = known ?? placesIn(grown);
  places.set(grown, at);
  for (const { key, value } of pairs) {
    const place = at.get(key) ?? grown.length;
    at.set(key, place);
    grown[place] = `${key}=${value}`;
  }
  return grown;
}
