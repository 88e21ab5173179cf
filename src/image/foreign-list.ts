import { BryoError } from '../base/errors.ts';
import type { Store } from '../store/paths.ts';
import { type Digest, digestHex } from './digest.ts';
import { readIndex } from './layout.ts';
import { findList } from './lists.ts';
import { type ResolvedImage, resolveImage } from './resolve.ts';

/** A list of images of which none is for this machine: it has names, and cannot be run. */
interface ForeignList {
  kind: 'list';
  id: string;
  entryDigest: Digest;
  manifestDigest: Digest;
  names: string[];
  /** The one of its names that was asked for. */
  name: string;
}

/** Whatever has a name in the store. */
export type Named = (ResolvedImage & { kind: 'image' }) | ForeignList;

function findForeignList(store: Store, asked: string): ForeignList | null {
  const list = findList(store, asked);
  if (list === null) return null;
  const { digest, name } = list;
  const names = readIndex(store).flatMap((entry) =>
    entry.descriptor.digest === digest && entry.name !== null ? [entry.name] : [],
  );
  const id = digestHex(digest);
  return { kind: 'list', id, entryDigest: digest, manifestDigest: digest, names, name };
}

/** A list has nothing for this machine, or what it has is an artifact. */
const listErrors: ReadonlySet<string> = new Set([
  'no-matching-platform',
  'not-an-image',
  'bad-image',
]);

/** Finds what has a name. Throws BryoError `no-such-image`, and those of an image that is damaged. */
export function resolveNamed(store: Store, name: string): Named {
  try {
    return { kind: 'image', ...resolveImage(store, name) };
  } catch (error) {
    const isForeign = error instanceof BryoError && listErrors.has(error.code);
    const list = isForeign ? findForeignList(store, name) : null;
    if (list === null) throw error;
    return list;
  }
}
