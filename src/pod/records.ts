import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { isJsonObject } from '../base/json-object.ts';
import { recentRecords } from '../container/recent-records.ts';
import type { ContainerRecord } from '../container/record.ts';
import { listRecords, readContainer } from '../container/records.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { isAlive } from '../native/processes.ts';
import { currentMount } from '../request/mounts/earlier.ts';
import { syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import {
  DamagedRecordError,
  type RecordProblem,
  type RecordReading,
  readRecordFile,
  writeRecordFile,
} from '../store/record-file.ts';
import { within } from '../store/staging.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { nothingInherited, type PodRecord } from './pod.ts';

function podPath(store: Store, id: string): string {
  return join(storePaths.pods(store), `${id}.json`);
}

/** Where the pod's control group is: beside the record, for the runtime directory may be wiped. */
function groupPath(store: Store, id: string): string {
  return join(storePaths.pods(store), `${id}.group`);
}

/** A pod whose record is no good. */
export interface DamagedPod {
  id: string;
  problem: RecordProblem;
}

function isPod(value: unknown): value is PodRecord {
  if (!isJsonObject(value)) return false;
  const pod: Partial<PodRecord> = value;
  const { id, name, createdAt, creator, hostname, infraId, labels, shared, restart } = pod;
  return (
    pod.version === 1 &&
    [id, name, creator, hostname].every((text) => typeof text === 'string') &&
    !Number.isNaN(Date.parse(String(createdAt))) &&
    (infraId === null || typeof infraId === 'string') &&
    [labels, restart].every(isJsonObject) &&
    [shared, pod.mounts ?? [], pod.devices ?? [], pod.createCommand].every(Array.isArray)
  );
}

/** The pod of an id, or what is wrong with its record. */
export function readPodRecord(store: Store, id: string): RecordReading<PodRecord> {
  const isOwn = (value: unknown): value is PodRecord => isPod(value) && value.id === id;
  const reading = readRecordFile(podPath(store, id), isOwn);
  if (reading.kind !== 'sound') return reading;
  // Records of earlier versions do not say everything.
  const defaults = { ...nothingInherited(), volumesFrom: [], resources: null };
  const pod = { ...defaults, ...reading.value };
  return { kind: 'sound', value: { ...pod, mounts: pod.mounts.map(currentMount) } };
}

/** The pod of an id; null when there is none that can be read. */
export function readPod(store: Store, id: string): PodRecord | null {
  const reading = readPodRecord(store, id);
  return reading.kind === 'sound' ? reading.value : null;
}

/** Whether a pod's maker was killed before there was a holder. */
export function isAbandonedPod(store: Store, pod: PodRecord): boolean {
  return (
    pod.infraId !== null &&
    !isAlive(pod.creator) &&
    readContainer(store, pod.infraId).kind === 'absent'
  );
}

function podIds(store: Store): string[] {
  return listDirectory(storePaths.pods(store))
    .filter((entry) => /^[0-9a-f]{64}\.json$/.test(entry))
    .map((entry) => entry.slice(0, 64));
}

/** All pods whose records are sound, oldest first. */
export function listPods(store: Store): PodRecord[] {
  return podIds(store)
    .flatMap((id) => readPod(store, id) ?? [])
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** Pods whose records are damaged, or missing while containers still say that they are in them. */
export function damagedPods(store: Store): DamagedPod[] {
  const ids = podIds(store);
  const damaged = ids.flatMap((id): DamagedPod[] => {
    const reading = readPodRecord(store, id);
    return reading.kind === 'damaged' ? [{ id, problem: reading.problem }] : [];
  });
  const known = new Set(ids);
  // Containers first: a pod goes after them.
  const named = listRecords(store).records.flatMap(({ options }) => options.pod ?? []);
  for (const id of new Set(named)) {
    const path = podPath(store, id);
    if (!known.has(id) && !existsSync(path)) {
      damaged.push({ id, problem: { path, damage: 'is missing' } });
    }
  }
  return damaged;
}

/** The error of a damaged pod, for whoever needs it whole. */
export function damagedPodError({ id, problem }: DamagedPod): DamagedRecordError {
  const remedy = `'bryo pod rm --force ${id.slice(0, 12)}' removes it with its containers`;
  return new DamagedRecordError(`pod ${id}`, problem, remedy);
}

/** Names of pods by their ids, of which those that were read once are known. */
const names = new Map<string, string>();

/**
 * Ids of the pods that are called exactly so, and of those whose ids begin so. A command that is given
 * thousands of them asks for each.
 */
function podsCalled(store: Store, nameOrId: string): { exact: string[]; beginning: string[] } {
  const ids = podIds(store);
  const nameOf = (id: string): string | undefined => {
    const known = names.get(id) ?? readPod(store, id)?.name;
    if (known !== undefined) names.set(id, known);
    return known;
  };
  return {
    exact: ids.filter((id) => id === nameOrId || nameOf(id) === nameOrId),
    beginning: nameOrId === '' ? [] : ids.filter((id) => id.startsWith(nameOrId)),
  };
}

/** A pod by its name, id or an unambiguous beginning of its id. Throws BryoError `no-such-pod`, and DamagedRecordError. */
export function findPod(store: Store, nameOrId: string): PodRecord {
  const { exact, beginning } = podsCalled(store, nameOrId);
  const [called] = exact.flatMap((id) => readPod(store, id) ?? []);
  if (called !== undefined) return called;
  const [only, other] = beginning.flatMap((id) => readPod(store, id) ?? []);
  if (other !== undefined) {
    throw new BryoError('ambiguous-id', `more than one pod id begins with "${nameOrId}"`);
  }
  if (only !== undefined) return only;
  const [damaged] = damagedPods(store).filter(({ id }) => id.startsWith(nameOrId));
  if (damaged !== undefined && nameOrId !== '') throw damagedPodError(damaged);
  throw new BryoError('no-such-pod', `no pod with name or ID ${nameOrId} found: no such pod`);
}

/** A pod's containers, oldest first; its holder is one of them. */
export function membersOf(store: Store, podId: string): ContainerRecord[] {
  return recentRecords(store)
    .records.filter(({ options }) => options.pod === podId)
    .flatMap(({ id }) => {
      const reading = readContainer(store, id);
      return reading.kind === 'sound' ? [reading.value] : [];
    });
}

/** Whether a container is the holder of a pod's namespaces. */
export function isHolder({ rootfs }: ContainerRecord): boolean {
  return rootfs.kind === 'holder';
}

/** The containers among these that hold nothing for others. */
export function withoutHolders(store: Store, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const reading = readContainer(store, id);
    return reading.kind !== 'sound' || !isHolder(reading.value);
  });
}

/** Takes the lock with which pods are made and removed. */
export function lockPods(store: Store): Promise<HeldLock> {
  makeStoreDirectory(store, store.root);
  makeStoreDirectory(store, storePaths.pods(store));
  return acquireLock(storePaths.podsLock(store), 'exclusive');
}

export function writePod(store: Store, pod: PodRecord): void {
  writeRecordFile(podPath(store, pod.id), pod, 'durable', within(store));
}

/** The directory of the control group that a pod with limits had when it ran last; null: none yet. */
export function readPodGroup(store: Store, id: string): string | null {
  try {
    const directory = readFileSync(groupPath(store, id), 'utf8');
    return directory.startsWith('/') ? directory : null;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'EISDIR') return null;
    throw error;
  }
}

/** Keeps it. It is of no use after a reboot, so it need not survive one. */
export function writePodGroup(store: Store, id: string, directory: string): void {
  writeFileAtomic(groupPath(store, id), directory, 'volatile', within(store));
}

export function forgetPod(store: Store, id: string): void {
  for (const path of [podPath(store, id), groupPath(store, id)]) {
    rmSync(path, { recursive: true, force: true });
  }
  syncDirectory(storePaths.pods(store));
}
