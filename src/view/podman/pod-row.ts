import { formatAge } from '../../base/duration.ts';
import { stateName } from '../../engine/containers/describe.ts';
import { networkMode } from '../../engine/containers/inspect/network-mode.ts';
import type { PodView } from '../../engine/pods/view.ts';
import { isHolder } from '../../pod/records.ts';
import { networkNames } from '../../request/network.ts';

/** A pod of a listing. */
export interface PodRow extends Record<string, unknown> {
  ID: string;
  Name: string;
  Status: string;
  Created: string;
  InfraID: string;
  NumberOfContainers: number;
  ContainerIds: string;
  ContainerNames: string;
  ContainerStatuses: string;
  Cgroup: string;
  Namespaces: string;
}

/** The networks of a pod's holder by name; of another kind of network that one. */
function networksOf({ members }: PodView): string[] {
  const holder = members.find(({ record }) => isHolder(record));
  if (holder === undefined) return [];
  const { options } = holder.record;
  return options.network.mode === 'bridge' ? networkNames(options.network) : [networkMode(options)];
}

function containersOf({ members }: PodView) {
  return members.map(({ record, state }) => ({
    Id: record.id,
    Names: record.name,
    Status: stateName(state),
  }));
}

export function podRow(view: PodView, whole: boolean, now: Date): PodRow {
  const { pod, members, status } = view;
  const short = (id: string): string => (whole ? id : id.slice(0, 12));
  const states = members.map(({ state }) => stateName(state));
  const row = {
    ID: short(pod.id),
    Id: short(pod.id),
    Name: pod.name,
    Namespace: '',
    Status: status,
    Created: formatAge(new Date(pod.createdAt), now),
    InfraID: short(pod.infraId ?? ''),
    InfraId: short(pod.infraId ?? ''),
    NumberOfContainers: members.length,
    ContainerIds: members.map(({ record }) => short(record.id)).join(','),
    ContainerNames: members.map(({ record }) => record.name).join(','),
    ContainerStatuses: states.join(','),
    ContainerInfo: members.map(({ record }, at) => `${short(record.id)} ${states[at]}`).join(','),
    Containers: containersOf(view),
    Labels: pod.labels,
    Networks: networksOf(view).join(','),
    Cgroup: pod.cgroupParent ?? '',
    Namespaces: pod.shared.join(','),
    Restart: pod.restart.policy,
  };
  // A method of podman's templates; JSON does not show it.
  const label = (key: unknown): string => pod.labels[String(key)] ?? '';
  return Object.defineProperty(row, 'Label', { value: label });
}

/** The object of `--format json`, with podman's names. */
export function podObject(view: PodView): Record<string, unknown> {
  const { pod, status } = view;
  return {
    Cgroup: pod.cgroupParent ?? '',
    Containers: containersOf(view),
    Created: pod.createdAt,
    Id: pod.id,
    InfraId: pod.infraId ?? '',
    Name: pod.name,
    Namespace: '',
    Networks: networksOf(view),
    Status: status,
    Labels: pod.labels,
  };
}
