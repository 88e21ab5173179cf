import { storageMap } from './storage-map.ts';

/** The number of an id of the host in the storage user namespace; null when that does not have it. */
export function innerId(kind: 'uids' | 'gids', hostId: number, size: number): number | null {
  const found = storageMap().idMap[kind].find(
    (extent) => hostId >= extent.hostId && hostId + size <= extent.hostId + extent.size,
  );
  return found === undefined ? null : found.containerId + hostId - found.hostId;
}
