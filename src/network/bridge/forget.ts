import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { names } from '../../contract/names.ts';
import { lockOwner } from '../../native/locks.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { Network } from '../config/network.ts';
import type { NetworkDefaults } from '../types.ts';
import { storeHolder } from './holder.ts';
import { runBridgeMode } from './run-mode.ts';
import { openBridgeSpaces } from './spaces.ts';

/** Settings by which to find the namespaces of the user's bridges. */
export interface ForgettingSurroundings {
  store: Store;
  idMap: () => IdMap;
  defaults: NetworkDefaults;
  /** The networks that stay. */
  others: readonly Network[];
}

function hasOwnBridge({ driver, options, interfaceName }: Network, others: readonly Network[]) {
  if (driver !== 'bridge' || options['mode'] === 'unmanaged') return false;
  return !others.some((other) => other.interfaceName === interfaceName);
}

async function removeBridge(
  { store, idMap, defaults }: ForgettingSurroundings,
  { name, interfaceName }: Network,
): Promise<void> {
  if (lockOwner(join(storePaths.runNetworks(store), names.bridgeHolderFile)) === null) return;
  const { directory, holder } = storeHolder(store, idMap(), defaults);
  const { users, network, lease } = await openBridgeSpaces(directory, holder);
  try {
    const words = ['--bridge', interfaceName];
    const problem = runBridgeMode('remove-bridge', { words, fds: [users, network] });
    if (problem === null) return;
    throw new BryoError('no-bridges', `cannot remove the bridge of network ${name}: ${problem}`);
  } finally {
    for (const fd of [users, network, lease]) closeSync(fd);
  }
}

/**
 * Takes away what is left of networks that nobody uses and that are removed: their bridges, and what the name service
 * knows of them. Another network can have the same name of a bridge or the same addresses afterwards; it would inherit
 * the bridge's old ones, and names would be looked up in the wrong network.
 *
 * Throws BryoError `no-bridges`.
 */
export async function forgetRunningNetworks(
  surroundings: ForgettingSurroundings,
  removed: readonly Network[],
): Promise<void> {
  for (const network of removed) {
    if (hasOwnBridge(network, surroundings.others)) await removeBridge(surroundings, network);
    rmSync(storePaths.runNetwork(surroundings.store, network.id), { recursive: true, force: true });
  }
}
