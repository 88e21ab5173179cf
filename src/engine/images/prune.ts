import { usedImages } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { updateIndex } from '../../image/layout.ts';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';
import { sweepPartials } from '../../store/partials.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { removeBlobs, removeUnusedLayers } from '../system/garbage.ts';
import { endImageMounts } from './end-mounts.ts';

/** Removes the images that `fits` and no container uses; returns their ids. */
export async function pruneImages(
  engine: Engine,
  fits: (image: ResolvedImage) => boolean,
): Promise<string[]> {
  sweepPartials(engine.store, true);
  const used = new Set(
    listRecords(engine.store)
      .records.flatMap(usedImages)
      .map(({ id }) => id),
  );
  const unused = listImages(engine.store).filter((image) => !used.has(image.id) && fits(image));
  const gone = new Set<string>(unused.map(({ entryDigest }) => entryDigest));
  if (gone.size === 0) return [];
  await notingUnfinished(engine.store, async () => {
    updateIndex(
      engine.store,
      (entries) => entries.filter(({ descriptor }) => !gone.has(descriptor.digest)),
      (entries) => removeBlobs(engine.store, entries, unused),
    );
    await endImageMounts(
      engine,
      unused.map(({ id }) => id),
    );
    await removeUnusedLayers(engine);
  });
  for (const { id, names } of unused) recordImageEvent(engine, 'remove', id, names[0] ?? '');
  return unused.map(({ id }) => id);
}
