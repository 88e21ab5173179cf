import { existsSync, readFileSync } from 'node:fs';
import type { IdMap, IdMapping } from '../../base/id-map.ts';
import { callerEntry } from '../../native/user.ts';
import { readSubordinateRanges, type SubordinateRange } from './subordinate-ids.ts';

/** Used by root when no range is granted to `root` or `containers`: above what systemd allots. */
const rootFallback: SubordinateRange = { start: 0x7000_0000, count: 65_536 };

export interface StorageMap {
  idMap: IdMap;
  /** Why only one id could be mapped, for the warning; null when all is well. */
  fallbackReason: string | null;
}

function findInPath(program: string): boolean {
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  return path.split(':').some((directory) => existsSync(`${directory}/${program}`));
}

/** Container id 0 is the caller, the ids from 1 on are the subordinate ranges in their order. */
function mapCaller(hostId: number, ranges: readonly SubordinateRange[]): IdMapping[] {
  const mappings: IdMapping[] = [{ containerId: 0, hostId, size: 1 }];
  let next = 1;
  for (const { start, count } of ranges) {
    mappings.push({ containerId: next, hostId: start, size: count });
    next += count;
  }
  return mappings;
}

/** Root's containers must not be host root: container root is the first id of a range, too. */
function mapForRoot(): IdMap {
  const ranges = (path: string): IdMapping[] => {
    const granted = [
      ...readSubordinateRanges(path, 'root', 0),
      ...readSubordinateRanges(path, 'containers', -1),
    ];
    const range = granted.find(({ count }) => count >= 65_536) ?? rootFallback;
    return [{ containerId: 0, hostId: range.start, size: range.count }];
  };
  return { kind: 'root', uids: ranges('/etc/subuid'), gids: ranges('/etc/subgid') };
}

/** Inside a user namespace only what it maps itself can be mapped on: newuidmap would fail. */
function outerIdsMapped(ranges: readonly SubordinateRange[], mapFile: string): boolean {
  const lines = readFileSync(mapFile, 'utf8').trim().split('\n');
  const extents = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return ranges.every(({ start, count }) =>
    extents.some(([inside = 0, , size = 0]) => start >= inside && start + count <= inside + size),
  );
}

/**
 * The mapping of the user namespace that images are stored through and containers run in.
 *
 * Without subordinate ids or newuidmap only the caller's own ids are mapped.
 */
export function storageMap(): StorageMap {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  if (uid === 0) return { idMap: mapForRoot(), fallbackReason: null };
  const single = (fallbackReason: string): StorageMap => ({
    idMap: { kind: 'single', uids: mapCaller(uid, []), gids: mapCaller(gid, []) },
    fallbackReason,
  });
  const name = callerEntry()?.name ?? String(uid);
  const uids = readSubordinateRanges('/etc/subuid', name, uid);
  const gids = readSubordinateRanges('/etc/subgid', name, uid);
  if (uids.length === 0) return single(`no subuid range for user "${name}" in /etc/subuid`);
  if (gids.length === 0) return single(`no subgid range for user "${name}" in /etc/subgid`);
  const missing = ['newuidmap', 'newgidmap'].find((program) => !findInPath(program));
  if (missing !== undefined) return single(`${missing} is not installed (package uidmap)`);
  if (!outerIdsMapped(uids, '/proc/self/uid_map') || !outerIdsMapped(gids, '/proc/self/gid_map')) {
    return single('the subordinate ids are not mapped in the surrounding user namespace');
  }
  const idMap: IdMap = { kind: 'full', uids: mapCaller(uid, uids), gids: mapCaller(gid, gids) };
  return { idMap, fallbackReason: null };
}
