import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import type { Network } from '../../network/config/network.ts';
import { findNetwork, listNetworks, lookUpNetwork } from '../../network/config/networks.ts';
import { networkNames } from '../../request/network.ts';
import type { Store } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { networkDirectory } from './directory.ts';

/** The networks, with a warning for each file that is none. */
export function readNetworks(engine: Engine): Network[] {
  const { networks, problems } = listNetworks(networkDirectory(engine));
  for (const problem of problems) engine.log('warn', problem);
  return networks;
}

/** A network by its name, id or the beginning of one. Throws BryoError `no-such-network`, `ambiguous-id`. */
export function networkNamed(engine: Engine, nameOrId: string): Network {
  return findNetwork(networkDirectory(engine), nameOrId);
}

export function networkExists(engine: Engine, nameOrId: string): boolean {
  return lookUpNetwork(networkDirectory(engine), nameOrId) !== null;
}

/** The name of a network that a name or id means; as it is where it means none. */
export function networkNameOf(engine: Engine, nameOrId: string): string {
  return lookUpNetwork(networkDirectory(engine), nameOrId)?.name ?? nameOrId;
}

/** The id of a network; its name where it has gone. */
export function networkIdOf(engine: Engine, name: string): string {
  const directory = networkDirectory(engine);
  try {
    return lookUpNetwork(directory, name)?.id ?? name;
  } catch (error) {
    if (error instanceof BryoError) return name;
    throw error;
  }
}

/** The containers that join a network, running or not. */
export function networkUsers(store: Store, name: string): ContainerRecord[] {
  return listRecords(store).records.filter(({ options }) =>
    networkNames(options.network).includes(name),
  );
}

/** The names of all networks that containers join. */
export function usedNetworks(store: Store): Set<string> {
  return new Set(
    listRecords(store).records.flatMap(({ options }) => networkNames(options.network)),
  );
}
