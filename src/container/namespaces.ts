import type { ContainerOptions, NamespaceRequest } from './options.ts';

/** Namespaces that containers share, each with its flag; that of user ids comes along. */
export const namespaceFlags = {
  network: '--network',
  pid: '--pid',
  ipc: '--ipc',
  uts: '--uts',
  cgroupns: '--cgroupns',
} as const;

export type NamespaceKind = keyof typeof namespaceFlags;

/** A namespace that is joined: of a container (its id) or at a path. */
export type Joined =
  | { kind: NamespaceKind; container: string }
  | { kind: NamespaceKind; path: string };

/** Whether a container has a namespace of its own. */
export function isOwn(request: NamespaceRequest): boolean {
  return typeof request === 'string' && request !== 'host';
}

/** All that a container joins, in the order in which it is joined: process ids last. */
export function joinedNamespaces(options: ContainerOptions): Joined[] {
  const { network } = options;
  const joined: Joined[] = [];
  if (network.mode === 'container') joined.push({ kind: 'network', container: network.container });
  if (network.mode === 'path') joined.push({ kind: 'network', path: network.path });
  for (const kind of ['ipc', 'uts', 'cgroupns', 'pid'] as const) {
    const request = options[kind];
    if (typeof request !== 'string') joined.push({ kind, ...request });
  }
  return joined;
}

/** Ids of the containers whose namespaces are joined. */
export function joinedContainers(options: ContainerOptions): string[] {
  const { userns } = options;
  const owners = joinedNamespaces(options).flatMap((joined) =>
    'container' in joined ? [joined.container] : [],
  );
  return userns.mode === 'container' ? [userns.container, ...owners] : owners;
}

/** As `inspect` shows a namespace (podman's words). */
export function namespaceText(request: NamespaceRequest): string {
  if (typeof request === 'string') return request;
  return 'container' in request ? `container:${request.container}` : `ns:${request.path}`;
}

/** The options with each container that they name replaced by what `resolve` says. */
export function mapJoinedContainers(
  options: ContainerOptions,
  resolve: (name: string) => string,
): ContainerOptions {
  const { network, userns } = options;
  const map = (request: NamespaceRequest): NamespaceRequest =>
    typeof request !== 'string' && 'container' in request
      ? { container: resolve(request.container) }
      : request;
  return {
    ...options,
    network:
      network.mode === 'container'
        ? { ...network, container: resolve(network.container) }
        : network,
    userns:
      userns.mode === 'container' ? { ...userns, container: resolve(userns.container) } : userns,
    pid: map(options.pid),
    ipc: map(options.ipc),
    uts: map(options.uts),
    cgroupns: map(options.cgroupns),
  };
}
