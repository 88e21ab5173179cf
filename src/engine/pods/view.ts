import type { PodRecord } from '../../pod/pod.ts';
import { damagedPods, isHolder, listPods, membersOf } from '../../pod/records.ts';
import { standInPod } from '../../pod/stand-in.ts';
import { type PodStatus, podStatus } from '../../pod/status.ts';
import type { Store } from '../../store/paths.ts';
import {
  type ContainerView,
  stateName,
  viewContainer,
  viewContainers,
} from '../containers/describe.ts';

/** A pod with what is true of it now. */
export interface PodView {
  pod: PodRecord;
  /** All its containers, its holder among them. */
  members: ContainerView[];
  status: PodStatus;
}

function viewOf(pod: PodRecord, members: ContainerView[]): PodView {
  const counted = members.filter(({ record }) => record.options.initCtr === null);
  return { pod, members, status: podStatus(counted.map(({ state }) => stateName(state))) };
}

/** One pod. */
export function viewPod(store: Store, pod: PodRecord): PodView {
  return viewOf(
    pod,
    membersOf(store, pod.id).map((record) => viewContainer(store, record)),
  );
}

/** All pods, oldest first. */
export function viewPods(store: Store): PodView[] {
  const pods = listPods(store);
  if (pods.length === 0) return [];
  const members = new Map<string | null, ContainerView[]>(pods.map(({ id }) => [id, []]));
  for (const view of viewContainers(store)) members.get(view.record.options.pod)?.push(view);
  return pods.map((pod) => viewOf(pod, members.get(pod.id) ?? []));
}

/** The pods whose records are damaged: what their containers tell of them. */
export function viewDamagedPods(store: Store): PodView[] {
  return damagedPods(store).map((damaged) => ({
    ...viewPod(store, standInPod(store, damaged)),
    status: 'Damaged',
  }));
}

/** A pod's containers without its holder. */
export function ownMembers({ members }: PodView): ContainerView[] {
  return members.filter(({ record }) => !isHolder(record));
}
