import { refusedAddressFlags, refusedResourceFlags } from '../options/container/refused.ts';

const noDevices = 'devices are given to the containers of a pod, each its own';
const nativeHolder = 'what holds the namespaces is a part of bryo, and no image';

/** Flags of podman's `pod create` that bryo knows and does not have, each with the reason. */
export const refusedPodFlags: Readonly<Record<string, string>> = {
  ...refusedAddressFlags,
  ...refusedResourceFlags,
  device: noDevices,
  'infra-command': nativeHolder,
  'infra-image': nativeHolder,
  'security-opt': 'each container of a pod has options of its own',
  'share-parent':
    'containers share a group of the pod when that has limits; --cgroup-parent names another one',
  'volumes-from': 'the containers of a pod have it each for itself',
};
