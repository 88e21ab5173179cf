import type { ContainerRecord } from '../../../container/record.ts';
import { clearVolatileMark } from '../../../store/drivers/overlay.ts';
import { storePaths } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';

/**
 * Lets a container with `--rm` be mounted once more, whose files are mounted without syncing. Only for whoever has
 * seen its run, or its start, come to an end on this boot.
 */
export async function allowRemount(
  engine: Engine,
  { id, rootfs, options }: ContainerRecord,
): Promise<void> {
  if (!options.remove || rootfs.kind !== 'image' || rootfs.driver !== 'overlay') return;
  await clearVolatileMark(storePaths.container(engine.store, id), engine.idMap());
}
