import { type IdMap, type IdMapping, idCount } from '../../../base/id-map.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { readRecord } from '../../../container/records.ts';
import { containerMap, type InnerMap } from '../../../container/userns/container-map.ts';
import { callerEntry as hostEntry } from '../../../native/user.ts';
import { joinedContainers } from '../../../request/joined.ts';
import type { Engine } from '../../engine.ts';

/** The caller's ids outside the user namespace; for root, what plays the caller's part inside. */
function callerIds(): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

/** The record whose user namespace a container has: its own, or that of the container it joins. */
export function usernsOwner(engine: Engine, record: ContainerRecord): ContainerRecord {
  const [id] = joinedContainers(record.options);
  const owner = id === undefined ? null : readRecord(engine.store, id);
  return owner === null ? record : usernsOwner(engine, owner);
}

/** The container's own mapping within the storage namespace; null: it runs in that. */
export function decideInnerMap(engine: Engine, asked: ContainerRecord): InnerMap | null {
  const record = usernsOwner(engine, asked);
  const { userns } = record.options;
  if (userns.mode === 'host') return null;
  const caller = callerIds();
  return containerMap({
    request: userns,
    storage: engine.idMap(),
    callerUid: caller.uid,
    callerGid: caller.gid,
    autoRange: record.autoRange,
  });
}

/** The mapping of a namespace within the storage's that changes no id. */
export function sameIds({ uids, gids }: IdMap): InnerMap {
  const same = (mappings: readonly IdMapping[]): IdMapping[] =>
    mappings.map(({ containerId, size }) => ({ containerId, hostId: containerId, size }));
  return { uids: same(uids), gids: same(gids) };
}

/** How many group ids the container sees. */
export function mappedGroups(storage: IdMap, inner: InnerMap | null): number {
  return idCount(inner === null ? storage.gids : inner.gids);
}

export interface PasswdEntry {
  uid: number;
  line: string;
  gid: number;
  groupLine: string;
}

/** The ids that the caller has in the container; null: it is root there, or not there. */
function keptIds(engine: Engine, record: ContainerRecord): { uid: number; gid: number } | null {
  const { userns } = usernsOwner(engine, record).options;
  if (userns.mode === 'match') return userns.ids?.uid === 0 ? null : userns.ids;
  if (userns.mode !== 'keep-id') return null;
  const caller = callerIds();
  return { uid: userns.uid ?? caller.uid, gid: userns.gid ?? caller.gid };
}

/** The caller's home where something is mounted there; else the working directory. */
function homeOf({ options, volumes, workdir }: ContainerRecord, home = ''): string {
  const isMounted = [...options.mounts, ...volumes].some(({ target }) => target === home);
  if (isMounted && !home.includes('\n') && !home.includes(':')) return home;
  return workdir.includes(':') ? '/' : workdir;
}

/**
 * With keep-id and match the caller keeps its name in the container: a line for passwd and group that is used
 * when the image has none for that id (podman-run(1), --userns).
 */
export function callerEntry(engine: Engine, record: ContainerRecord): PasswdEntry | null {
  const kept = keptIds(engine, record);
  if (kept === null) return null;
  const { uid, gid } = kept;
  const known = hostEntry();
  const name = /^[a-zA-Z0-9._-]+$/.test(known?.name ?? '') ? known?.name : 'user';
  return {
    uid,
    gid,
    line: `${name}:x:${uid}:${gid}:${name}:${homeOf(record, known?.home)}:/bin/sh`,
    groupLine: `${name}:x:${gid}:`,
  };
}

/** The user that the container runs as, in the words of the user or the image; empty: root. */
export function shownUser(engine: Engine, record: ContainerRecord): string {
  const kept = record.user === '' ? keptIds(engine, record) : null;
  return kept === null ? record.user : `${kept.uid}:${kept.gid}`;
}

/** The user that the container runs as when nobody says: root, or with keep-id the caller. */
export function defaultUser(engine: Engine, record: ContainerRecord): string {
  const kept = keptIds(engine, record);
  return kept === null ? '0:0' : `${kept.uid}:${kept.gid}`;
}
