import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { ContainerRecord } from '../container/record.ts';
import { listRecords, readRecord } from '../container/records.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { isAlive } from '../native/processes.ts';
import { syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { nothingInherited, type PodRecord } from './pod.ts';

function podPath(store: Store, id: string): string {
  return join(storePaths.pods(store), `${id}.json`);
}

/** Where the pod's control group is: beside the record, for the runtime directory may be wiped. */
function groupPath(store: Store, id: string): string {
  return join(storePaths.pods(store), `${id}.group`);
}

/** The pod of an id; null when there is none. */
export function readPod(store: Store, id: string): PodRecord | null {
  try {
    const record = JSON.parse(readFileSync(podPath(store, id), 'utf8')) as PodRecord;
    // Records of earlier versions do not say everything.
    return Object.assign({ ...nothingInherited(), volumesFrom: [], resources: null }, record);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whoever made it was killed before there was a holder. */
export function isAbandonedPod(store: Store, pod: PodRecord): boolean {
  return pod.infraId !== null && !isAlive(pod.creator) && readRecord(store, pod.infraId) === null;
}

/** All pods, oldest first. */
export function listPods(store: Store): PodRecord[] {
  let entries: string[] = [];
  try {
    entries = readdirSync(storePaths.pods(store));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
  return entries
    .filter((entry) => /^[0-9a-f]{64}\.json$/.test(entry))
    .flatMap((entry) => readPod(store, entry.slice(0, 64)) ?? [])
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** A pod by its name, id or an unambiguous beginning of its id. Throws BryoError `no-such-pod`. */
export function findPod(store: Store, nameOrId: string): PodRecord {
  const pods = listPods(store);
  const exact = pods.find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (exact !== undefined) return exact;
  const [only, other] = nameOrId === '' ? [] : pods.filter(({ id }) => id.startsWith(nameOrId));
  if (other !== undefined) {
    throw new BryoError('ambiguous-id', `more than one pod id begins with "${nameOrId}"`);
  }
  if (only !== undefined) return only;
  throw new BryoError(
    'no-such-pod',
    `no pod with name or ID ${JSON.stringify(nameOrId)} found: no such pod`,
  );
}

/** A pod's containers, oldest first; its holder is one of them. */
export function membersOf(store: Store, podId: string): ContainerRecord[] {
  return listRecords(store).records.filter(({ options }) => options.pod === podId);
}

/** Whether a container is the holder of a pod's namespaces. */
export function isHolder({ rootfs }: ContainerRecord): boolean {
  return rootfs.kind === 'holder';
}

/** Those of some containers that hold nothing for others. */
export function withoutHolders(store: Store, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const record = readRecord(store, id);
    return record === null || !isHolder(record);
  });
}

/** Whoever makes or removes pods is alone. */
export function lockPods(store: Store): HeldLock | null {
  makeStoreDirectory(store, store.root);
  makeStoreDirectory(store, storePaths.pods(store));
  return acquireLock(storePaths.podsLock(store), 'exclusive', true);
}

export function writePod(store: Store, pod: PodRecord): void {
  writeFileAtomic(podPath(store, pod.id), JSON.stringify(pod), 'durable');
}

/** The directory of the control group that a pod with limits had when it ran last; null: none yet. */
export function readPodGroup(store: Store, id: string): string | null {
  try {
    return readFileSync(groupPath(store, id), 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Keeps it. It is of no use after a reboot, so it need not survive one. */
export function writePodGroup(store: Store, id: string, directory: string): void {
  writeFileAtomic(groupPath(store, id), directory, 'volatile');
}

export function forgetPod(store: Store, id: string): void {
  rmSync(podPath(store, id), { force: true });
  rmSync(groupPath(store, id), { force: true });
  syncDirectory(storePaths.pods(store));
}
