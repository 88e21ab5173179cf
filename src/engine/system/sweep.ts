import { rmSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { sweepPartials } from '../../store/partials.ts';
import { storePaths } from '../../store/paths.ts';
import { sweepStaging } from '../../store/staging.ts';
import { unfinishedNotes } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';

/** Removes what commands that failed or were killed have left of images. */
export async function sweepUnfinished(engine: Engine): Promise<void> {
  const notes = unfinishedNotes(engine.store);
  if (notes.length === 0) return;
  // Rarely needed, and the reader of images with it: ps and run start without.
  const { collectGarbage } = await import('./garbage.ts');
  try {
    if (!(await collectGarbage(engine))) return;
  } catch (error) {
    // An index that cannot be read says nothing of what is needed; the rest works without it.
    if (error instanceof BryoError && error.code === 'damaged-store') return;
    throw error;
  }
  for (const note of notes) rmSync(note, { recursive: true, force: true });
}

/** Removes all that such commands have left in the store, but for containers. */
export async function sweep(engine: Engine): Promise<void> {
  await sweepStaging(engine.store, () => engine.idMap());
  sweepPartials(engine.store);
  await sweepUnfinished(engine);
  const left = listDirectory(storePaths.secrets(engine.store));
  if (!left.some((entry) => entry.endsWith('.unfinished'))) return;
  const { sweepSecrets } = await import('../../secret/descriptions.ts');
  sweepSecrets(engine.store);
}
