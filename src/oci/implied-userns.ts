import type { IdMapping } from '../base/id-map.ts';
import { storageMap } from '../native/storage-map.ts';
import type { OciIdMapping, OciSpec, OciUser } from '../plan/spec.ts';

/**
 * The caller is `id` in the container; the ids below and above it are subordinate ones, as far as they
 * go.
 */
export function mapAround(
  id: number,
  hostId: number,
  others: readonly IdMapping[],
): OciIdMapping[] {
  const mappings: OciIdMapping[] = [{ containerID: id, hostID: hostId, size: 1 }];
  let next = id === 0 ? 1 : 0;
  for (const { hostId: start, size: count } of others) {
    for (let used = 0; used < count; ) {
      const size = next < id ? Math.min(count - used, id - next) : count - used;
      mappings.push({ containerID: next, hostID: start + used, size });
      used += size;
      next = next + size === id ? id + 1 : next + size;
    }
  }
  return mappings.sort((a, b) => a.containerID - b.containerID);
}

function defaultMaps({ uid, gid }: OciUser): Pick<OciSpec['linux'], 'uidMappings' | 'gidMappings'> {
  // The first extent is the caller, the others are its subordinate ids.
  const { uids, gids } = storageMap().idMap;
  return {
    uidMappings: mapAround(uid, process.geteuid?.() ?? 0, uids.slice(1)),
    gidMappings: mapAround(gid, process.getegid?.() ?? 0, gids.slice(1)),
  };
}

/**
 * Ordinary users' containers are in a user namespace also where nobody asks for one, and one without
 * mappings makes the caller the user that the process runs as (crun does both).
 */
export function withImpliedUserns(linux: OciSpec['linux'], user: OciUser): OciSpec['linux'] {
  if (process.geteuid?.() === 0) return linux;
  const given = linux.namespaces.find(({ type }) => type === 'user');
  if (given?.path !== undefined) return linux;
  const namespaces =
    given === undefined ? [...linux.namespaces, { type: 'user' as const }] : linux.namespaces;
  const mapped = linux.uidMappings.length > 0 && linux.gidMappings.length > 0;
  return { ...linux, namespaces, ...(!mapped && defaultMaps(user)) };
}
