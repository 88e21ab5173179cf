import { BryoError } from '../../base/errors.ts';
import { type IdMap, type IdMapping, idCount } from '../../base/id-map.ts';
import type { UsernsRequest } from '../../request/userns.ts';

/** Ids of an `auto` container at least, unless a size is given: enough for most system users. */
export const leastAutoSize = 1024;

export type AutoRequest = Extract<UsernsRequest, { mode: 'auto' }>;

/** The range of an `auto` container: `count` storage ids from `start` on for its ids below `size`. */
export interface AutoRange {
  start: number;
  count: number;
  size: number;
}

/** A range of ids: the first one and how many. */
export interface IdRange {
  start: number;
  count: number;
}

function findFree(size: number, count: number, taken: readonly IdRange[]): number {
  let start = 1;
  for (const range of [...taken].sort((a, b) => a.start - b.start)) {
    if (range.start >= start + size) break;
    start = Math.max(start, range.start + range.count);
  }
  if (start + size > count) {
    throw new BryoError('bad-userns', `--userns auto: no ${size} free subordinate ids are left`, {
      hint: 'remove containers that use --userns auto, or ask for fewer with auto:size=N',
    });
  }
  return start;
}

/** The container ids below `size` that no mapping of the user's covers. */
function gaps(mappings: readonly IdMapping[], size: number): IdRange[] {
  const free: IdRange[] = [];
  let next = 0;
  for (const mapping of [...mappings].sort((a, b) => a.containerId - b.containerId)) {
    const end = Math.min(mapping.containerId, size);
    if (end > next) free.push({ start: next, count: end - next });
    next = Math.max(next, mapping.containerId + mapping.size);
  }
  if (size > next) free.push({ start: next, count: size - next });
  return free;
}

/** The user's mappings, and all other ids below `size` on consecutive storage ids. */
function fill(mappings: readonly IdMapping[], { start, size }: AutoRange): IdMapping[] {
  let hostId = start;
  const filled = gaps(mappings, size).map((gap) => {
    const mapping = { containerId: gap.start, hostId, size: gap.count };
    hostId += gap.count;
    return mapping;
  });
  return [...filled, ...mappings];
}

/** The mapping of an `auto` container that has got its range. */
export function autoMap(
  request: AutoRequest,
  range: AutoRange,
): { uids: IdMapping[]; gids: IdMapping[] } {
  return { uids: fill(request.uids, range), gids: fill(request.gids, range) };
}

/** Storage ids that are named by mappings; the caller's own may be in many containers. */
function named(mappings: readonly IdMapping[]): IdRange[] {
  return mappings.map(({ hostId, size }) => ({ start: hostId, count: size }));
}

/** Storage ids that an `auto` container keeps from others. */
export function autoTaken(request: AutoRequest, range: AutoRange): IdRange[] {
  return [range, ...named(request.uids), ...named(request.gids)];
}

/**
 * Chooses storage ids that nobody has taken, for `size` ids of the container.
 *
 * Throws BryoError `bad-userns` when there are not enough.
 */
export function chooseAutoRange(
  request: AutoRequest,
  size: number,
  around: { storage: IdMap; taken: readonly IdRange[] },
): AutoRange {
  const needed = (mappings: readonly IdMapping[]): number =>
    gaps(mappings, size).reduce((sum, gap) => sum + gap.count, 0);
  const count = Math.max(needed(request.uids), needed(request.gids));
  const available = Math.min(idCount(around.storage.uids), idCount(around.storage.gids));
  const taken = [...around.taken, ...named(request.uids), ...named(request.gids)];
  return { start: findFree(count, available, taken), count, size };
}
