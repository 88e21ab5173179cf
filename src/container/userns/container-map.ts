import { BryoError } from '../../base/errors.ts';
import { type IdMap, type IdMapping, idCount, splitAt } from '../../base/id-map.ts';
import type { UsernsRequest } from '../../request/userns.ts';
import { type AutoRange, autoMap } from './auto-map.ts';

/** A container's own mapping, relative to the storage user namespace; null: it runs in that. */
export interface InnerMap {
  uids: IdMapping[];
  gids: IdMapping[];
}

/**
 * An id of the container as the storage namespace has it; null: the container runs in that. Throws BryoError
 * `bad-userns` with the words that asked for it when the container has no such id.
 */
export function storageId(
  id: number,
  mappings: readonly IdMapping[] | null,
  asked: string,
): number {
  if (mappings === null) return id;
  const range = mappings.find((m) => id >= m.containerId && id < m.containerId + m.size);
  if (range !== undefined) return range.hostId + id - range.containerId;
  throw new BryoError('bad-userns', `${asked}: id ${id} is not mapped`);
}

export interface ContainerMapInput {
  request: UsernsRequest;
  storage: IdMap;
  callerUid: number;
  callerGid: number;
  /** The range that an `auto` container has got. */
  autoRange: AutoRange | null;
}

/** Storage id 0, which is the caller, becomes `id` in the container; the others keep their order. */
function keepId(mode: string, id: number, count: number): IdMapping[] {
  if (id >= count) {
    throw new BryoError(
      'bad-userns',
      `--userns ${mode}: id ${id} exceeds the ${count} mapped ids`,
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

function checkWithin(mappings: readonly IdMapping[], count: number, flag: string): IdMapping[] {
  for (const { containerId, hostId, size } of mappings) {
    if (hostId + size > count) {
      const range = `${containerId}:${hostId}:${size}`;
      throw new BryoError('bad-userns', `${flag} ${range}: only ids 0 to ${count - 1} are mapped`);
    }
  }
  return [...mappings];
}

/** Throws BryoError `bad-userns` when only the caller's own id can be mapped. */
export function checkSubordinateIds(storage: IdMap, mode: string): void {
  if (storage.kind !== 'single') return;
  throw new BryoError('bad-userns', `--userns ${mode} needs subordinate ids`, {
    hint: 'bryo doctor tells how to get them',
  });
}

/** Where the caller's id is root's there is nothing to map: the storage namespace is like that. */
function keepIds(input: ContainerMapInput, { uid, gid }: { uid: number; gid: number }) {
  if (uid === 0 && gid === 0) return null;
  checkSubordinateIds(input.storage, input.request.mode);
  return {
    uids: keepId(input.request.mode, uid, idCount(input.storage.uids)),
    gids: keepId(input.request.mode, gid, idCount(input.storage.gids)),
  };
}

function wholeMap(
  request: Exclude<UsernsRequest, { mode: 'host' | 'container' | 'path' | 'keep-id' | 'match' }>,
  input: ContainerMapInput,
): InnerMap | null {
  const counts = { uids: idCount(input.storage.uids), gids: idCount(input.storage.gids) };
  switch (request.mode) {
    case 'nomap':
      return {
        uids: [{ containerId: 0, hostId: 1, size: counts.uids - 1 }],
        gids: [{ containerId: 0, hostId: 1, size: counts.gids - 1 }],
      };
    case 'auto': {
      if (input.autoRange === null) return null;
      const { uids, gids } = autoMap(request, input.autoRange);
      return {
        uids: checkWithin(uids, counts.uids, '--userns auto:uidmapping'),
        gids: checkWithin(gids, counts.gids, '--userns auto:gidmapping'),
      };
    }
    case 'custom':
      return {
        uids: checkWithin(request.uids, counts.uids, '--uidmap'),
        gids: checkWithin(request.gids, counts.gids, '--gidmap'),
      };
  }
}

function askedMap(input: ContainerMapInput): InnerMap | null {
  const { request } = input;
  switch (request.mode) {
    // Another's namespace has the mapping of its owner, who is asked instead.
    case 'host':
    case 'container':
    case 'path':
      return null;
    case 'keep-id': {
      const { uid, gid } = request;
      return keepIds(input, { uid: uid ?? input.callerUid, gid: gid ?? input.callerGid });
    }
    case 'match':
      return request.ids && keepIds(input, request.ids);
    default:
      checkSubordinateIds(input.storage, request.mode);
      return wholeMap(request, input);
  }
}

/**
 * The mapping of `--userns`, `--uidmap` and `--gidmap` (podman-run(1)).
 *
 * Throws BryoError `bad-userns` when there are not enough ids.
 */
export function containerMap(input: ContainerMapInput): InnerMap | null {
  const asked = askedMap(input);
  const { uids, gids } = input.storage;
  return asked && { uids: splitAt(asked.uids, uids), gids: splitAt(asked.gids, gids) };
}
