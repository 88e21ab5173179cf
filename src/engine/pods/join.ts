import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { readRecord } from '../../container/records.ts';
import type { PodRecord, SharedKind } from '../../pod/pod.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { NamespaceRequest } from '../../request/namespaces.ts';
import type { Store } from '../../store/paths.ts';
import { inherit } from './inherit.ts';

function refuse(what: string, where: string): BryoError {
  return new BryoError('bad-pod', `${what} cannot be used with --pod: ${where}`);
}

function checkShared(options: ContainerOptions, shares: (kind: SharedKind) => boolean): void {
  if (shares('net') && options.network.mode === 'default' && options.ports.length > 0) {
    throw refuse('--publish', 'published ports must be defined when the pod is created');
  }
  if (shares('net') && options.egress !== undefined) {
    throw refuse('--egress', 'what may be reached must be said when the pod is created');
  }
  if (shares('net') && options.network.mode === 'bridge') {
    throw new BryoError(
      'bad-pod',
      'invalid config provided: networks must be defined when the pod is created: network cannot be configured when it is shared with a pod',
    );
  }
  if (shares('uts') && options.hostname !== null) {
    throw refuse('--hostname', 'the host name is shared with the pod');
  }
}

/**
 * A pod's limits are those of the group that its containers are placed in: throws BryoError for
 * options that would place one elsewhere.
 */
export function checkPodGroup(
  { cgroups, cgroupParent }: Pick<ContainerOptions, 'cgroups' | 'cgroupParent'>,
  pod: PodRecord,
): void {
  if (pod.resources === null) return;
  const where = `the pod ${pod.name} has limits, which hold for what is in its control group`;
  if (cgroups !== 'enabled') throw refuse(`--cgroups=${cgroups}`, where);
  if (cgroupParent !== null && cgroupParent !== pod.cgroupParent) {
    throw refuse('--cgroup-parent', where);
  }
}

/** The network of a pod. That of the host has no owner who could be joined, nor files for its containers. */
function sharedNetwork(
  { id, options }: ContainerRecord,
  own: ContainerOptions,
): Partial<ContainerOptions> {
  if (options.network.mode !== 'host') return { network: { mode: 'container', container: id } };
  const prefer = <T>(asked: T[], other: T[]): T[] => (asked.length > 0 ? asked : other);
  return {
    network: options.network,
    addHosts: [...own.addHosts, ...options.addHosts],
    dns: prefer(own.dns, options.dns),
    dnsSearch: prefer(own.dnsSearch, options.dnsSearch),
    dnsOptions: prefer(own.dnsOptions, options.dnsOptions),
    noHosts: own.noHosts || options.noHosts,
  };
}

/**
 * The options of a container that belongs to a pod: what the pod shares is its holder's. Throws
 * BryoError for what only the pod can be given.
 */
export function joinPod(store: Store, options: ContainerOptions, pod: PodRecord): ContainerOptions {
  checkPodGroup(options, pod);
  const joined: ContainerOptions = {
    ...inherit(options, pod),
    pod: pod.id,
    restart:
      options.restart.policy === 'no' && !options.remove && options.initCtr === null
        ? pod.restart
        : options.restart,
    cgroupParent: options.cgroupParent ?? pod.cgroupParent,
  };
  const holder = pod.infraId === null ? null : readRecord(store, pod.infraId);
  if (holder === null) return joined;
  const shares = (kind: SharedKind): boolean => pod.shared.includes(kind);
  checkShared(options, shares);
  const container = holder.id;
  const share = (
    kind: SharedKind,
    name: 'ipc' | 'uts' | 'pid' | 'cgroupns',
    own: NamespaceRequest,
  ): NamespaceRequest => {
    if (!shares(kind) || options[name] !== own) return options[name];
    return holder.options[name] === 'host' ? 'host' : { container };
  };
  const withUsers = shares('user') || holder.options.userns.mode !== 'host';
  return {
    ...joined,
    ...(shares('net') && options.network.mode === 'default' && sharedNetwork(holder, options)),
    ipc: share('ipc', 'ipc', 'shareable'),
    uts: share('uts', 'uts', 'private'),
    pid: share('pid', 'pid', 'private'),
    cgroupns: share('cgroup', 'cgroupns', 'private'),
    userns:
      withUsers && options.userns.mode === 'host'
        ? { mode: 'container', container }
        : options.userns,
  };
}
