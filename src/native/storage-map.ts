import { readFileSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import type { IdMap, IdMapping } from '../base/id-map.ts';
import { findProgram } from './programs.ts';
import { readSubordinateRanges, type SubordinateRange } from './subordinate-ids.ts';
import { unsharedMap } from './unshared.ts';
import { callerEntry } from './user.ts';

/** Used by root when no range is granted to `root` or `containers`: above what systemd allots. */
const rootFallback: SubordinateRange = { start: 0x7000_0000, count: 65_536 };

export interface StorageMap {
  idMap: IdMap;
  /** Why only one id could be mapped, for the warning; null when all is well. */
  fallbackReason: string | null;
}

/** Throws BryoError `bad-userns` for ids that would be mapped twice, of which the kernel says only EINVAL. */
export function checkDistinct(
  file: string,
  user: { name: string; id: number },
  ranges: readonly SubordinateRange[],
): void {
  const words = ({ start, count }: SubordinateRange) => `${user.name}:${start}:${count}`;
  const hint = `correct ${file}, then run 'bryo system migrate'`;
  for (const [index, range] of ranges.entries()) {
    const end = range.start + range.count;
    if (user.id >= range.start && user.id < end) {
      const text = `${file}: "${words(range)}" holds the id of the user itself, ${user.id}`;
      throw new BryoError('bad-userns', text, { hint });
    }
    const twin = ranges
      .slice(0, index)
      .find((o) => o.start < end && range.start < o.start + o.count);
    if (twin !== undefined) {
      const text = `${file}: "${words(twin)}" and "${words(range)}" overlap`;
      throw new BryoError('bad-userns', text, { hint });
    }
  }
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

/** The ids that exist in the caller's own user namespace (user_namespaces(7)). */
function ownIds(mapFile: string): SubordinateRange[] {
  const lines = readFileSync(mapFile, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [start = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return { start, count };
  });
}

function contains(outer: readonly SubordinateRange[], { start, count }: SubordinateRange): boolean {
  return outer.some((ids) => start >= ids.start && start + count <= ids.start + ids.count);
}

/** Of what a surrounding user namespace maps, the longest range without its root. */
function longestWithoutRoot(outer: readonly SubordinateRange[]): SubordinateRange | null {
  const ranges = outer
    .map(({ start, count }) => (start === 0 ? { start: 1, count: count - 1 } : { start, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return ranges[0] ?? null;
}

/** Root's containers must not be host root: container root is the first id of a range, too. */
function rootRange(file: string, mapFile: string): IdMapping[] | null {
  const granted = [
    ...readSubordinateRanges(file, 'root', 0),
    ...readSubordinateRanges(file, 'containers', -1),
  ];
  const wanted = granted.find(({ count }) => count >= 65_536) ?? rootFallback;
  const outer = ownIds(mapFile);
  const range = contains(outer, wanted) ? wanted : longestWithoutRoot(outer);
  return range && [{ containerId: 0, hostId: range.start, size: range.count }];
}

function mapForRoot(): IdMap | null {
  const uids = rootRange('/etc/subuid', '/proc/self/uid_map');
  const gids = rootRange('/etc/subgid', '/proc/self/gid_map');
  return uids && gids && { kind: 'root', uids, gids };
}

/**
 * The mapping of the user namespace that images are stored through and containers run in.
 *
 * Without subordinate ids or newuidmap only the caller's own ids are mapped. Throws BryoError `bad-userns` for
 * subordinate ids that cannot be mapped together.
 */
export function storageMap(): StorageMap {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  const single = (fallbackReason: string): StorageMap => ({
    idMap: { kind: 'single', uids: mapCaller(uid, []), gids: mapCaller(gid, []) },
    fallbackReason,
  });
  const unshared = unsharedMap();
  if (unshared !== null) return { idMap: unshared, fallbackReason: null };
  if (uid === 0) {
    const idMap = mapForRoot();
    if (idMap !== null) return { idMap, fallbackReason: null };
    return single('the surrounding user namespace maps no other');
  }
  const name = callerEntry()?.name ?? String(uid);
  const uids = readSubordinateRanges('/etc/subuid', name, uid);
  const gids = readSubordinateRanges('/etc/subgid', name, uid);
  if (uids.length === 0) return single(`no subuid range for user "${name}" in /etc/subuid`);
  if (gids.length === 0) return single(`no subgid range for user "${name}" in /etc/subgid`);
  checkDistinct('/etc/subuid', { name, id: uid }, uids);
  checkDistinct('/etc/subgid', { name, id: gid }, gids);
  const missing = ['newuidmap', 'newgidmap'].find((program) => findProgram(program) === null);
  if (missing !== undefined) return single(`${missing} is not installed (package uidmap)`);
  const outerUids = ownIds('/proc/self/uid_map');
  const outerGids = ownIds('/proc/self/gid_map');
  // Only what the surrounding namespace maps itself can be mapped on: newuidmap would fail.
  const mapped =
    uids.every((range) => contains(outerUids, range)) &&
    gids.every((range) => contains(outerGids, range));
  if (!mapped) {
    return single('the subordinate ids are not mapped in the surrounding user namespace');
  }
  const idMap: IdMap = { kind: 'full', uids: mapCaller(uid, uids), gids: mapCaller(gid, gids) };
  return { idMap, fallbackReason: null };
}
