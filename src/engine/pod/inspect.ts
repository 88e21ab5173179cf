import { namespaceText } from '../../container/namespaces.ts';
import { isHolder } from '../../pod/records.ts';
import { stateName } from '../describe.ts';
import { networkMode, portRequests } from '../inspect/network.ts';
import type { PodView } from './view.ts';

/** A pod as `podman pod inspect` shows it. */
export function describePod({ pod, members, status }: PodView): Record<string, unknown> {
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
    CreateCgroup: true,
    CgroupParent: pod.cgroupParent ?? '',
    CgroupPath: '',
    CreateInfra: pod.infraId !== null,
    InfraContainerID: pod.infraId ?? '',
    ...(options !== undefined && {
      InfraConfig: {
        PortBindings: portRequests(options.ports),
        HostNetwork: options.network.mode === 'host',
        StaticIP: '',
        StaticMAC: '',
        NoManageResolvConf: false,
        DNSServer: options.dns,
        DNSSearch: options.dnsSearch,
        DNSOption: options.dnsOptions,
        NoManageHosts: options.noHosts,
        HostAdd: options.addHosts.map(({ host, address }) => `${host}:${address}`),
        Networks: [networkMode(options)],
        NetworkOptions: null,
        pid_ns: namespaceText(options.pid),
        userns: options.userns.mode,
        uts_ns: namespaceText(options.uts),
      },
    }),
    SharedNamespaces: pod.shared,
    RestartPolicy: pod.restart.policy,
    NumContainers: members.length,
    Containers: members.map(({ record, state }) => ({
      Id: record.id,
      Name: record.name,
      State: stateName(state),
    })),
  };
}
