import { existsSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { cgroupRoot } from '../../cgroup/hierarchy.ts';
import { settingsOf } from '../../cgroup/limits.ts';
import { isSlice, removeSharedGroup, type SharedGroup } from '../../cgroup/shared.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { damagedPodError, readPodGroup, readPodRecord, writePodGroup } from '../../pod/records.ts';
import type { Engine } from '../engine.ts';

function unitOf({ id }: PodRecord): string {
  return `bryo_pod_${id}`;
}

/** The pod that a container is in; null: none. Throws DamagedRecordError. */
export function podOf({ store }: Engine, { options }: ContainerRecord): PodRecord | null {
  const { pod: id } = options;
  const reading = id === null ? null : readPodRecord(store, id);
  if (id !== null && reading?.kind === 'damaged') {
    throw damagedPodError({ id, problem: reading.problem });
  }
  return reading?.kind === 'sound' ? reading.value : null;
}

/** The group of the limits that a container has together with the others of its pod; null: none. */
export function podGroupOf(engine: Engine, record: ContainerRecord): SharedGroup | null {
  const { store } = engine;
  const pod = podOf(engine, record);
  if (pod === null || pod.resources === null) return null;
  return {
    name: `bryo-pod-${pod.id}`,
    unit: unitOf(pod),
    description: `bryo pod ${pod.name}`,
    settings: settingsOf(pod.resources).map((setting) => ({
      ...setting,
      origin: `${setting.origin} of pod ${pod.name}`,
    })),
    known: readPodGroup(store, pod.id),
    note: (path) => writePodGroup(store, pod.id, path),
  };
}

/** The directory of a pod's group while there is one; null otherwise. */
export function livePodGroup({ store }: Engine, pod: PodRecord): string | null {
  const group = pod.resources === null ? null : readPodGroup(store, pod.id);
  return group !== null && existsSync(group) ? group : null;
}

/** The group around a container's own as --cgroup-parent would name it; null: as chosen. */
export function cgroupParentOf(engine: Engine, record: ContainerRecord): string | null {
  const pod = podOf(engine, record);
  const group = pod === null ? null : livePodGroup(engine, pod);
  if (group === null) return record.options.cgroupParent;
  return isSlice(group) ? basename(group) : `/${relative(cgroupRoot, group)}`;
}

/** Removes the group of a pod whose containers are gone. Throws BryoError when systemd keeps it. */
export function removePodGroup(engine: Engine, pod: PodRecord): void {
  if (pod.resources === null) return;
  const known = readPodGroup(engine.store, pod.id);
  removeSharedGroup({ unit: unitOf(pod), known }, pod.cgroupParent);
}
