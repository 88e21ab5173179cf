import { BryoError } from '../../base/errors.ts';
import { type IdMap, type IdMapping, idCount } from '../../base/id-map.ts';
import type { UsernsRequest } from '../options.ts';

/** A container's own mapping, relative to the storage user namespace; null: it runs in that. */
export interface InnerMap {
  uids: IdMapping[];
  gids: IdMapping[];
}

export interface ContainerMapInput {
  request: UsernsRequest;
  storage: IdMap;
  callerUid: number;
  callerGid: number;
  /** Ranges of storage ids that other `auto` containers hold. */
  taken: readonly { start: number; count: number }[];
}

/** Ids of an `auto` container unless a size is given: enough for images with system users. */
const defaultAutoSize = 1024;

/** Storage id 0, which is the caller, becomes `id` in the container; the others keep their order. */
function keepId(id: number, count: number): IdMapping[] {
  if (id >= count) {
    throw new BryoError(
      'bad-userns',
      `--userns keep-id: id ${id} exceeds the ${count} mapped ids`,
      {
        hint: 'grant a larger range in /etc/subuid and /etc/subgid',
      },
    );
  }
  const mappings: IdMapping[] = [
    { containerId: 0, hostId: 1, size: id },
    { containerId: id, hostId: 0, size: 1 },
    { containerId: id + 1, hostId: id + 1, size: count - id - 1 },
  ];
  return mappings.filter((mapping) => mapping.size > 0);
}

function findFree(size: number, count: number, taken: ContainerMapInput['taken']): number {
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

function checkWithin(mappings: readonly IdMapping[], count: number, flag: string): IdMapping[] {
  for (const { containerId, hostId, size } of mappings) {
    if (hostId + size > count) {
      const range = `${containerId}:${hostId}:${size}`;
      throw new BryoError('bad-userns', `${flag} ${range}: only ids 0 to ${count - 1} are mapped`);
    }
  }
  return [...mappings];
}

/**
 * The mapping of `--userns`, `--uidmap` and `--gidmap` (podman-run(1)).
 *
 * Throws BryoError `bad-userns` when there are not enough ids.
 */
export function containerMap(input: ContainerMapInput): InnerMap | null {
  const { request, storage } = input;
  const uidCount = idCount(storage.uids);
  const gidCount = idCount(storage.gids);
  if (request.mode === 'host') return null;
  if (storage.kind === 'single' && request.mode !== 'container' && request.mode !== 'path') {
    throw new BryoError('bad-userns', `--userns ${request.mode} needs subordinate ids`, {
      hint: 'bryo doctor tells how to get them',
    });
  }
  switch (request.mode) {
    case 'keep-id':
      return {
        uids: keepId(request.uid ?? input.callerUid, uidCount),
        gids: keepId(request.gid ?? input.callerGid, gidCount),
      };
    case 'nomap':
      return {
        uids: [{ containerId: 0, hostId: 1, size: uidCount - 1 }],
        gids: [{ containerId: 0, hostId: 1, size: gidCount - 1 }],
      };
    case 'auto': {
      const size = request.size ?? defaultAutoSize;
      const start = findFree(size, Math.min(uidCount, gidCount), input.taken);
      const range: IdMapping = { containerId: 0, hostId: start, size };
      return { uids: [range], gids: [{ ...range }] };
    }
    case 'custom':
      return {
        uids: checkWithin(request.uids, uidCount, '--uidmap'),
        gids: checkWithin(request.gids, gidCount, '--gidmap'),
      };
    // Another's namespace has the mapping of its owner, who is asked instead.
    case 'container':
    case 'path':
      return null;
  }
}
