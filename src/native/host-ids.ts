import { storageMap } from './storage-map.ts';

/** What ids of the host are in the storage user namespace; null when it does not have them all. */
export function innerId(kind: 'uids' | 'gids', hostId: number, size: number): number | null {
  const found = storageMap().idMap[kind].find(
    (extent) => hostId >= extent.hostId && hostId + size <= extent.hostId + extent.size,
  );
  return found === undefined ? null : found.containerId + hostId - found.hostId;
}
