import { refusedResourceFlags } from '../options/container/refused.ts';

const nativeHolder = 'what holds the namespaces is a part of bryo, and no image';

/** Flags of podman's `pod create` that bryo knows and does not have, each with the reason. */
export const refusedPodFlags: Readonly<Record<string, string>> = {
  ...refusedResourceFlags,
  'infra-command': nativeHolder,
};
