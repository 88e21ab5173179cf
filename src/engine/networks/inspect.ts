import type { ContainerRecord } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { readContainerState } from '../../monitor/state.ts';
import type { Network } from '../../network/config/network.ts';
import { type InterfaceStatus, readNetworkStatus } from '../../network/status.ts';
import { networkNames } from '../../request/network.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { networkNamed } from './look-up.ts';

/** A running container, and what it has of a network. */
export interface ConnectedContainer {
  id: string;
  name: string;
  interfaces: InterfaceStatus[];
}

/** A network with the running containers that are connected to it. */
export interface NetworkView {
  network: Network;
  containers: ConnectedContainer[];
}

/** The interfaces that a container has in its networks while it runs. */
export function liveInterfaces(store: Store, { id, options }: ContainerRecord): InterfaceStatus[] {
  if (options.network.mode !== 'bridge') return [];
  if (readContainerState(store, id).status !== 'running') return [];
  return readNetworkStatus(storePaths.container(store, id));
}

/** The running containers of a network. */
export function connectedContainers(store: Store, name: string): ConnectedContainer[] {
  const users = listRecords(store).records.filter(({ options }) =>
    networkNames(options.network).includes(name),
  );
  return users.flatMap((record) => {
    const interfaces = liveInterfaces(store, record).filter(({ network }) => network === name);
    return interfaces.length === 0 ? [] : [{ id: record.id, name: record.name, interfaces }];
  });
}

/** A network and who is on it. Throws BryoError `no-such-network`, `ambiguous-id`. */
export function viewNetwork(engine: Engine, nameOrId: string): NetworkView {
  const network = networkNamed(engine, nameOrId);
  return { network, containers: connectedContainers(engine.store, network.name) };
}
