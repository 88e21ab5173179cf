import { BryoError } from '../base/errors.ts';
import type { ContainerOptions } from './container.ts';
import { isOwn, type Joined, type NamespaceRequest, namespaceFlags } from './namespaces.ts';

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

/** Refuses what belongs to a namespace's owner where the namespace is joined. */
export function checkJoined(options: ContainerOptions): void {
  const joined = joinedNamespaces(options);
  const [first] = joined;
  const { mode } = options.userns;
  if (first !== undefined && !['host', 'container', 'path'].includes(mode)) {
    throw new BryoError(
      'bad-userns',
      `--userns ${mode} cannot be used with ${namespaceFlags[first.kind]}: the user namespace that owns what is joined is joined, too`,
    );
  }
  const shares = (kind: string): boolean => joined.some((one) => one.kind === kind);
  const taken: [boolean, string][] = [
    [options.dns.length > 0, '--dns'],
    [options.dnsSearch.length > 0, '--dns-search'],
    [options.dnsOptions.length > 0, '--dns-option'],
    [options.addHosts.length > 0, '--add-host'],
  ];
  const flag = shares('network') ? taken.find(([asked]) => asked)?.[1] : undefined;
  if (flag !== undefined) {
    throw new BryoError(
      'bad-network',
      `${flag} cannot be used with a network that is shared: its owner has the files`,
    );
  }
  if (options.hostname !== null && !isOwn(options.uts)) {
    throw new BryoError('bad-flag-value', '--hostname cannot be used with --uts of others');
  }
}
