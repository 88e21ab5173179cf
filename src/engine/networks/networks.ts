import { BryoError } from '../../base/errors.ts';
import { type NetworkCreation, planNewNetwork } from '../../network/config/create.ts';
import { hostNetworks } from '../../network/config/host.ts';
import type { Network } from '../../network/config/network.ts';
import {
  claimNetwork,
  findNetwork,
  forgetNetworks,
  lockNetworks,
  lookUpNetwork,
  type NetworkDirectory,
} from '../../network/config/networks.ts';
import { findPod, isHolder } from '../../pod/records.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { storePaths } from '../../store/paths.ts';
import { networkDefaults } from '../containers/configured.ts';
import type { Engine } from '../engine.ts';
import { recordNetworkEvent } from '../events.ts';
import { networkDirectory } from './directory.ts';
import { networkUsers, readNetworks, usedNetworks } from './look-up.ts';

/** Whether a parent that is a device of this machine leads to its network. Throws BryoError `bad-network`. */
async function checkLan(
  engine: Engine,
  { driver, interfaceName }: Network,
  networks: readonly Network[],
): Promise<void> {
  if (driver !== 'macvlan' || networks.some((one) => one.interfaceName === interfaceName)) return;
  const { findLanWay, isHostDevice } = await import('../../network/lan/way.ts');
  if (!isHostDevice(interfaceName)) return;
  const way = findLanWay(interfaceName);
  const { tryLan } = await import('../../network/lan/try.ts');
  const { store } = engine;
  await tryLan({ store, idMap: engine.idMap(), defaults: networkDefaults(engine) }, way);
}

/**
 * Makes a network. Throws BryoError `network-exists`, unless an existing one will do, and `bad-network` in podman's
 * words.
 */
export async function createNetwork(
  engine: Engine,
  request: NetworkCreation,
  { ignore }: { ignore: boolean },
): Promise<Network> {
  const directory = networkDirectory(engine);
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    const networks = readNetworks(engine);
    const known = networks.find(({ name }) => name === request.name);
    if (known !== undefined && ignore) return known;
    const network = planNewNetwork(request, {
      networks,
      host: hostNetworks(),
      pools: directory.pools,
    });
    await checkLan(engine, network, networks);
    if (!claimNetwork(directory, network)) {
      throw new BryoError(
        'network-exists',
        `network name ${network.name} already used: network already exists`,
        { hint: `${directory.path}/${network.name}.json is damaged: remove it` },
      );
    }
    recordNetworkEvent(engine, network, 'create');
    return network;
  } finally {
    lock.release();
  }
}

/** Removes the containers of a network, and the pods of holders. */
async function removeUsers(engine: Engine, name: string, timeout: number | null): Promise<void> {
  const { removeContainer } = await import('../containers/remove.ts');
  const { removePod } = await import('../pods/remove.ts');
  for (const record of networkUsers(engine.store, name)) {
    const { pod } = record.options;
    if (isHolder(record) && pod !== null) {
      await removePod(engine, findPod(engine.store, pod), { force: true, timeout });
    } else {
      const options = { force: true, ignore: true, volumes: true, depend: true };
      await removeContainer(engine, record.id, { ...options, timeout });
    }
  }
}

function refuseDefault({ defaultName }: NetworkDirectory, { name }: Network): void {
  if (name !== defaultName) return;
  throw new BryoError('bad-network', `default network ${name} cannot be removed`);
}

/** Has the bridges of networks that are no more removed, and forgotten by the name service. */
async function forgetRunning(engine: Engine, removed: readonly Network[]): Promise<void> {
  const { store } = engine;
  const onceUsed = new Set(listDirectory(storePaths.runNetworks(store)));
  const used = removed.filter(({ id }) => onceUsed.has(id));
  if (used.length === 0) return;
  // Loaded here: most networks that are removed have had no container since the machine was started.
  const { forgetRunningNetworks } = await import('../../network/bridge/forget.ts');
  const surroundings = { store, idMap: () => engine.idMap(), defaults: networkDefaults(engine) };
  await forgetRunningNetworks({ ...surroundings, others: readNetworks(engine) }, used);
}

/**
 * Removes a network. One that a container joins stays (BryoError `network-in-use`, exit status 2), unless `force`
 * removes these containers and their pods, too; running ones have `timeout` seconds to end by themselves. Throws
 * `no-such-network` with exit status 1.
 */
export async function removeNetwork(
  engine: Engine,
  nameOrId: string,
  { force, timeout }: { force: boolean; timeout: number | null },
): Promise<void> {
  const directory = networkDirectory(engine);
  const found = lookUpNetwork(directory, nameOrId);
  if (found !== null && force) {
    refuseDefault(directory, found);
    await removeUsers(engine, found.name, timeout);
  }
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    const network = findNetwork(directory, nameOrId);
    if (networkUsers(engine.store, network.name).length > 0) {
      throw new BryoError(
        'network-in-use',
        `${JSON.stringify(nameOrId)} has associated containers with it. Use -f to forcibly delete containers and pods: network is being used`,
        { exitCode: 2 },
      );
    }
    refuseDefault(directory, network);
    forgetNetworks(directory, [network.name]);
    recordNetworkEvent(engine, network, 'remove');
    await forgetRunning(engine, [network]);
  } finally {
    lock.release();
  }
}

/** Removes the networks that no container joins and that fit; gives their names. */
export async function pruneNetworks(
  engine: Engine,
  fits: (network: Network) => boolean,
): Promise<string[]> {
  const directory = networkDirectory(engine);
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    const used = usedNetworks(engine.store);
    const unused = readNetworks(engine).filter(
      (network) =>
        network.name !== directory.defaultName && !used.has(network.name) && fits(network),
    );
    const byName = new Map(unused.map((network) => [network.name, network]));
    const names = [...byName.keys()];
    forgetNetworks(directory, names, (name) => {
      const network = byName.get(name);
      if (network !== undefined) recordNetworkEvent(engine, network, 'remove');
    });
    await forgetRunning(engine, unused);
    return names;
  } finally {
    lock.release();
  }
}
