import { refusedResourceFlags } from '../options/container/refused.ts';

const nativeHolder = 'what holds the namespaces is a part of bryo, and no image';

/** Flags of podman's `pod create` that bryo knows and does not have, each with the reason. */
export const refusedPodFlags: Readonly<Record<string, string>> = {
  ...refusedResourceFlags,
  gpus: 'give them to the containers of the pod: bryo run --pod POD --gpus …, or --device here',
  'hosts-file': 'give it to the containers of the pod; --add-host is for all of them',
  'infra-command': nativeHolder,
  'no-hostname': 'give it to the containers of the pod',
  'shm-size-systemd': 'give it to the containers of the pod',
};
