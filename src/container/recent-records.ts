import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { isContainerId } from './names.ts';
import type { ContainerRecord } from './record.ts';
import { type DamagedContainer, listRecords } from './records.ts';

/** Containers of which nothing but what never changes is to be relied on: image, pod, volumes. */
export interface RecentRecords {
  /** Oldest first. */
  records: readonly ContainerRecord[];
  damaged: readonly DamagedContainer[];
}

let latest: (RecentRecords & { directory: string; known: ReadonlySet<string> }) | null = null;

/**
 * All containers that are there now, as an earlier call has read them: a command that is given
 * thousands of names asks for each. Once there is one that was not known all are read again.
 */
export function recentRecords(store: Store): RecentRecords {
  const directory = storePaths.containers(store);
  const present = new Set(listDirectory(directory).filter(isContainerId));
  if (latest?.directory !== directory || ![...present].every((id) => latest?.known.has(id))) {
    const { records, damaged } = listRecords(store);
    const known = new Set([...records, ...damaged].map(({ id }) => id));
    latest = { directory, records, damaged, known };
    return latest;
  }
  const isThere = ({ id }: { id: string }): boolean => present.has(id);
  return { records: latest.records.filter(isThere), damaged: latest.damaged.filter(isThere) };
}
