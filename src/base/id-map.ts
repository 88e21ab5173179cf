/** One extent of a user-namespace id mapping, as a line of /proc/PID/uid_map (user_namespaces(7)). */
export interface IdMapping {
  containerId: number;
  hostId: number;
  size: number;
}

/**
 * The id mapping of a user namespace.
 *
 * `full`: written by newuidmap/newgidmap from the caller's subordinate ranges. `single`: only the
 * caller's own ids are mapped (to 0), written directly, with setgroups denied. `root`: a whole range,
 * written directly because the caller is root.
 */
export interface IdMap {
  kind: 'full' | 'single' | 'root';
  uids: IdMapping[];
  gids: IdMapping[];
}

/** How many ids a mapping covers. */
export function idCount(mappings: readonly IdMapping[]): number {
  return mappings.reduce((total, mapping) => total + mapping.size, 0);
}

/**
 * A mapping in extents that each lie within one of the surrounding mapping: the kernel takes no
 * others (user_namespaces(7)). What the surrounding one does not have stays as it is.
 */
export function splitAt(mappings: readonly IdMapping[], outer: readonly IdMapping[]): IdMapping[] {
  const edges = outer.flatMap(({ containerId, size }) => [containerId, containerId + size]);
  return mappings.flatMap(({ containerId, hostId, size }) => {
    const inside = edges.filter((edge) => edge > hostId && edge < hostId + size);
    const cuts = [...new Set([hostId, ...inside, hostId + size])].sort((a, b) => a - b);
    return cuts.slice(0, -1).map((start, index) => ({
      containerId: containerId + start - hostId,
      hostId: start,
      size: (cuts[index + 1] ?? start) - start,
    }));
  });
}
