import { BryoError } from '../base/errors.ts';
import type { Store } from '../store/paths.ts';
import type { Digest } from './digest.ts';
import { readIndex } from './layout.ts';
import { findList } from './lists.ts';
import { type ResolvedImage, resolveImage } from './resolve.ts';

/** A list of images of which none is for this machine: it has names, and cannot be run. */
export interface ForeignList {
  kind: 'list';
  id: string;
  entryDigest: Digest;
  manifestDigest: Digest;
  names: string[];
  /** The one of its names that was asked for. */
  name: string;
}

/** Whatever has a name in the store. */
export type Named = ((ResolvedImage & { kind: 'image' }) | ForeignList) & {
  /** The text by which it was found: the name of a list of which the id was asked for. */
  asked: string;
};

function findForeignList(store: Store, asked: string): ForeignList | null {
  const list = findList(store, asked);
  if (list === null) return null;
  const { id, digest, name } = list;
  const names = readIndex(store).flatMap((entry) =>
    entry.descriptor.digest === digest && entry.name !== null ? [entry.name] : [],
  );
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
    return { kind: 'image', ...resolveImage(store, name), asked: name };
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    const list = listErrors.has(error.code) ? findForeignList(store, name) : null;
    if (list !== null) return { ...list, asked: name };
    // The id of a list is none of an image's.
    const unknown = error.code === 'no-such-image' || error.code === 'bad-reference';
    const called = unknown ? findList(store, name) : null;
    if (called === null || called.name === name) throw error;
    return resolveNamed(store, called.name);
  }
}
