import type { PodRecord } from '../../pod/pod.ts';
import { findPod, isHolder } from '../../pod/records.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { namespaceText } from '../../request/namespaces.ts';
import { networkNames } from '../../request/network.ts';
import { stateName } from '../containers/describe.ts';
import { deviceObject, securityWords } from '../containers/inspect/host-config.ts';
import { requestedMountViews } from '../containers/inspect/mounts.ts';
import { portRequests } from '../containers/inspect/network.ts';
import { livePodGroup } from '../containers/pod-group.ts';
import type { Engine } from '../engine.ts';
import { limitFields } from './limits.ts';
import { type PodView, viewPod } from './view.ts';

/** The holder's options, as podman's InspectPodInfraConfig. */
function infraConfig(options: ContainerOptions): Record<string, unknown> {
  const { network } = options;
  const single = network.mode === 'bridge' ? network.networks[0] : undefined;
  return {
    PortBindings: portRequests(options.ports),
    HostNetwork: options.network.mode === 'host',
    StaticIP: single?.addresses.find((address) => !address.includes(':')) ?? '',
    StaticMAC: single?.mac ?? '',
    NoManageResolvConf: false,
    DNSServer: options.dns,
    DNSSearch: options.dnsSearch,
    DNSOption: options.dnsOptions,
    NoManageHosts: options.noHosts,
    HostAdd: options.addHosts.map(({ host, address }) => `${host}:${address}`),
    Networks: networkNames(options.network),
    NetworkOptions: null,
    pid_ns: namespaceText(options.pid),
    userns: options.userns.mode === 'host' ? 'host' : 'private',
    uts_ns: namespaceText(options.uts),
  };
}

/** The namespaces that containers share: a user namespace of the holder's own is for all of them (joinPod). */
function sharedKinds({ shared }: PodRecord, holder: ContainerOptions | undefined): string[] {
  const withUsers = holder !== undefined && holder.userns.mode !== 'host';
  return withUsers && !shared.includes('user') ? [...shared, 'user'] : shared;
}

function inheritedFields(engine: Engine, pod: PodRecord): Record<string, unknown> {
  const fields = {
    devices: pod.devices.map(deviceObject),
    mounts: requestedMountViews(engine, pod.mounts),
    volumes_from: pod.volumesFrom.map((one) => `${one.container}${one.readOnly ? ':ro' : ''}`),
    security_opt: securityWords(pod.security),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0));
}

function describePod(engine: Engine, { pod, members, status }: PodView): Record<string, unknown> {
  const options = members.find(({ record }) => isHolder(record))?.record.options;
  return {
    Id: pod.id,
    Name: pod.name,
    Created: pod.createdAt,
    CreateCommand: pod.createCommand,
    ExitPolicy: pod.exitPolicy,
    State: status,
    Hostname: pod.hostname,
    Labels: pod.labels,
    // Without limits its containers have groups beside each other.
    CreateCgroup: pod.resources !== null,
    CgroupParent: pod.cgroupParent ?? '',
    CgroupPath: livePodGroup(engine, pod) ?? '',
    CreateInfra: pod.infraId !== null,
    InfraContainerID: pod.infraId ?? '',
    ...(options !== undefined && { InfraConfig: infraConfig(options) }),
    SharedNamespaces: sharedKinds(pod, options),
    RestartPolicy: pod.restart.policy,
    NumContainers: members.length,
    Containers: members.map(({ record, state }) => ({
      Id: record.id,
      Name: record.name,
      State: stateName(state),
    })),
    ...limitFields(pod.resources),
    ...inheritedFields(engine, pod),
  };
}

/** A pod as `podman pod inspect` shows it. Throws BryoError `no-such-pod`. */
export function inspectPod(engine: Engine, nameOrId: string): Record<string, unknown> {
  return describePod(engine, viewPod(engine.store, findPod(engine.store, nameOrId)));
}
