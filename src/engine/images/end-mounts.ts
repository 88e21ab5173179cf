import { existsSync } from 'node:fs';
import { storePaths } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';

/** `bryo image mount` does not keep an image: what is mounted of it goes first. */
export async function endImageMounts(engine: Engine, ids: readonly string[]): Promise<void> {
  const mounted = ids.filter((id) => existsSync(storePaths.imageMount(engine.store, id)));
  if (mounted.length === 0) return;
  const { removeImageMounts } = await import('../mounts/image.ts');
  for (const id of mounted) await removeImageMounts(engine, id);
}
