import { refusedAddressFlags, refusedResourceFlags } from '../options/container/refused.ts';

const noLimits =
  'a pod has no limits of its own: give them to its containers, or to a group that --cgroup-parent names';
const noDevices = 'devices are given to the containers of a pod, each its own';
const nativeHolder = 'what holds the namespaces is a part of bryo, and no image';

/** Flags of podman's `pod create` that bryo knows and does not have, each with the reason. */
export const refusedPodFlags: Readonly<Record<string, string>> = {
  ...refusedAddressFlags,
  ...refusedResourceFlags,
  'blkio-weight': noLimits,
  'cpu-shares': noLimits,
  cpus: noLimits,
  'cpuset-cpus': noLimits,
  'cpuset-mems': noLimits,
  device: noDevices,
  'device-read-bps': noLimits,
  'device-write-bps': noLimits,
  'infra-command': nativeHolder,
  'infra-conmon-pidfile': 'there is no conmon; bryo pod inspect names what holds the namespaces',
  'infra-image': nativeHolder,
  memory: noLimits,
  'memory-swap': noLimits,
  'security-opt': 'each container of a pod has options of its own',
  'share-parent': '--cgroup-parent names the group that its containers share',
  'volumes-from': 'the containers of a pod have it each for itself',
};
