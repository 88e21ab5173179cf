import { recentRecords } from '../../container/recent-records.ts';
import type { RecordVolume } from '../../container/record.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { setAside } from '../../store/staging.ts';
import { isShared, lockVolumes } from '../../volume/volume.ts';

/** Whether another container has this volume. What a damaged record may speak of counts. */
function isUsedElsewhere(store: Store, id: string): (name: string) => boolean {
  const { records, damaged } = recentRecords(store);
  const others = records.filter((record) => record.id !== id);
  return (wanted) =>
    damaged.length > 0 || others.some(({ volumes }) => volumes.some(({ name }) => name === wanted));
}

/** Takes a container's volumes out of sight, but for those that others have by --volumes-from. */
export async function setVolumesAside(
  store: Store,
  id: string,
  volumes: readonly RecordVolume[],
): Promise<string[]> {
  const lock = await lockVolumes(store, 'exclusive');
  try {
    // Hardly any is shared, and then there is no need to look at all other containers.
    const shared = new Set(volumes.map(({ name }) => name).filter((name) => isShared(store, name)));
    const isUsed = shared.size === 0 ? () => false : isUsedElsewhere(store, id);
    const unused = volumes.filter(({ name }) => !shared.has(name) || !isUsed(name));
    return unused.flatMap(({ name }) => setAside(store, storePaths.volume(store, name)) ?? []);
  } finally {
    lock.release();
  }
}
