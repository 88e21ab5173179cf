import { statSync } from 'node:fs';
import { listDirectory } from '../store/list-directory.ts';

/** A listing of a directory whose entries are ids, in their order. */
interface Listing {
  directory: string;
  /** When the directory changed last, in nanoseconds since 1970. */
  changed: bigint;
  ids: readonly string[];
}

// A command that is given thousands of ids looks each of them up.
let latest: Listing | null = null;

function changeTime(directory: string): bigint {
  return statSync(directory, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n;
}

function list(directory: string): Listing {
  const changed = changeTime(directory);
  return { directory, changed, ids: listDirectory(directory).sort() };
}

/** The place of the first id that does not come before the text. */
function placeOf(ids: readonly string[], text: string): number {
  let [from, to] = [0, ids.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ids[middle] ?? '') < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

function beginningWith({ ids }: Listing, prefix: string): string[] {
  const found: string[] = [];
  for (let at = placeOf(ids, prefix); ids[at]?.startsWith(prefix); at += 1) {
    found.push(ids[at] ?? '');
  }
  return found;
}

/**
 * The entries of a directory of ids that begin with a prefix. The listing of an earlier call serves
 * as long as it knows one: `exists` tells whether that is still there.
 */
export function idsBeginning(
  directory: string,
  prefix: string,
  exists: (id: string) => boolean,
): string[] {
  if (latest?.directory === directory) {
    const known = beginningWith(latest, prefix).filter(exists);
    if (known.length > 0 || latest.changed === changeTime(directory)) return known;
  }
  latest = list(directory);
  return beginningWith(latest, prefix);
}
