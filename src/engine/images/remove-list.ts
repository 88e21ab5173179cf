import { updateIndex } from '../../image/layout.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';
import { removeBlobs, removeUnusedLayers } from '../system/garbage.ts';

/** Takes a name off a list, which goes with its last one. */
export async function dropListName(engine: Engine, fullName: string): Promise<void> {
  updateIndex(
    engine.store,
    (entries) => entries.filter(({ name }) => name !== fullName),
    (entries) => removeBlobs(engine.store, entries),
  );
  await removeUnusedLayers(engine);
}

/** Removes a list of manifests, by its full name, of which none is for this machine. */
export async function removeListEntry(engine: Engine, fullName: string): Promise<void> {
  await notingUnfinished(engine.store, () => dropListName(engine, fullName));
}
