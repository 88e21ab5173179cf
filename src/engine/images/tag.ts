import { BryoError } from '../../base/errors.ts';
import { type Named, resolveNamed } from '../../image/foreign-list.ts';
import { type IndexEntry, updateIndex } from '../../image/layout.ts';
import { formatReference, ownReference, parseReference } from '../../image/reference.ts';
import { nameMeant } from '../../image/resolve.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';

/** The full name that an image of one's own gets: without a registry it belongs to localhost. */
export function targetName(text: string): string {
  const reference = ownReference(parseReference(text));
  if (reference.digest !== null) {
    throw new BryoError('bad-reference', `${text}: a name with a digest cannot be given`);
  }
  return formatReference(reference);
}

function descriptorOf(entries: readonly IndexEntry[], image: Named) {
  const entry = entries.find(({ descriptor }) => descriptor.digest === image.entryDigest);
  if (entry === undefined) throw new BryoError('image-changed', 'the image was removed meanwhile');
  return entry.descriptor;
}

/** Gives an image further names; another image that has one of them loses it. */
export function tagImage(engine: Engine, name: string, targets: readonly string[]): void {
  const image = resolveNamed(engine.store, name);
  const names = new Set(targets.map(targetName));
  updateIndex(engine.store, (entries) => {
    const descriptor = descriptorOf(entries, image);
    const others = entries.flatMap((entry): IndexEntry[] => {
      const taken = entry.name !== null && names.has(entry.name);
      const own = entry.descriptor.digest === descriptor.digest;
      if (own) return taken || entry.name === null ? [] : [entry];
      return [taken ? { ...entry, name: null } : entry];
    });
    return [...others, ...[...names].map((tag) => ({ descriptor, name: tag }))];
  });
  for (const target of targets) recordImageEvent(engine, 'tag', image.id, target);
}

/** Takes names off an image, all of them if none is given; the image itself stays. */
export function untagImage(engine: Engine, name: string, targets: readonly string[]): void {
  const image = resolveNamed(engine.store, name);
  const gone = targets.map((target) => {
    // Names with digests are not kept: whoever names one of the image's own takes nothing away.
    const digest = parseReference(target).digest;
    if (digest !== null && [image.entryDigest, image.manifestDigest].includes(digest)) return null;
    const found = digest === null ? nameMeant(image.names, target) : undefined;
    if (found === undefined) throw new BryoError('no-such-tag', `${target}: tag not known`);
    return found;
  });
  const named = gone.filter((full): full is string => full !== null);
  const removed = new Set(targets.length === 0 ? image.names : named);
  if (removed.size === 0) return;
  updateIndex(engine.store, (entries) => {
    const descriptor = descriptorOf(entries, image);
    const kept = entries.filter(
      (entry) =>
        entry.descriptor.digest !== descriptor.digest ||
        (entry.name !== null && !removed.has(entry.name)),
    );
    const remains = kept.some((entry) => entry.descriptor.digest === descriptor.digest);
    return remains ? kept : [...kept, { descriptor, name: null }];
  });
  for (const tag of removed) recordImageEvent(engine, 'untag', image.id, tag);
}
