import type { ContainerOptions } from '../../../request/container.ts';

/** The kind of a container's network in a word, as podman has it. */
export function networkMode({ network }: ContainerOptions): string {
  if (network.mode === 'container') return `container:${network.container}`;
  if (network.mode === 'path') return `ns:${network.path}`;
  return network.mode === 'default' ? 'slirp4netns' : network.mode;
}
