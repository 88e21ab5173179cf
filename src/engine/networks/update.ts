import { BryoError } from '../../base/errors.ts';
import { parseIp } from '../../base/ip-network.ts';
import type { Network } from '../../network/config/network.ts';
import { findNetwork, lockNetworks, writeNetwork } from '../../network/config/networks.ts';
import { egressOption } from '../../request/egress.ts';
import type { Engine } from '../engine.ts';
import { networkDirectory } from './directory.ts';
import { networkUsers } from './look-up.ts';

function checkServers(servers: readonly string[], option: string): void {
  const wrong = servers.find((server) => parseIp(server) === null);
  if (wrong === undefined) return;
  throw new BryoError(
    'bad-network',
    `unable to parse ip ${wrong} specified in ${option}: invalid argument`,
  );
}

/** A change of a network. */
export interface NetworkChange {
  /** Servers for names outside that are added and dropped. */
  add: readonly string[];
  drop: readonly string[];
  /** All that containers may reach; null: anything; absent: as before. */
  egress?: readonly string[] | null;
}

function withEgress(network: Network, egress: NetworkChange['egress']): Network {
  if (egress === undefined) return network;
  const { [egressOption]: _, ...rest } = network.options;
  const options = egress === null ? rest : { ...rest, [egressOption]: egress.join(',') };
  return { ...network, options };
}

/** Policies are laid when a container is connected. */
async function warnOfRunning(engine: Engine, { name }: Network): Promise<void> {
  const { viewContainer } = await import('../containers/describe.ts');
  const running = networkUsers(engine.store, name)
    .map((record) => viewContainer(engine.store, record))
    .filter(({ state }) => state.status === 'running')
    .map(({ record }) => record.name);
  if (running.length === 0) return;
  const who = running.slice(0, 5).join(', ') + (running.length > 5 ? ', …' : '');
  engine.log('warn', `containers that run keep their egress policy until they are stopped: ${who}`);
}

/**
 * Changes the servers that a network asks for names outside, which running containers see at once, and what containers
 * reach that are started from now on. Throws BryoError `no-such-network`, `bad-network`.
 */
export async function updateNetwork(
  engine: Engine,
  nameOrId: string,
  { add, drop, egress }: NetworkChange,
): Promise<void> {
  const directory = networkDirectory(engine);
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    const network = findNetwork(directory, nameOrId);
    checkServers(add, 'AddDNSServer');
    checkServers(drop, 'RemoveDNSServer');
    const kept = network.dnsServers.filter((server) => !drop.includes(server));
    const dnsServers = [...new Set([...kept, ...add])];
    const changed = withEgress({ ...network, dnsServers }, egress);
    if (JSON.stringify(changed) === JSON.stringify(network)) return;
    const { checkPolicy, resolveNetwork } = await import('../../network/config/resolve.ts');
    const attached = resolveNetwork(changed);
    if (attached.egress !== null) checkPolicy(attached, attached.egress);
    writeNetwork(directory, changed);
    await tellNameService(engine, changed);
    if (changed.options[egressOption] !== network.options[egressOption]) {
      await warnOfRunning(engine, changed);
    }
  } finally {
    lock.release();
  }
}

/** Tells the name service of a network that is in use. */
async function tellNameService(engine: Engine, network: Network): Promise<void> {
  const { rewriteNetworkFacts } = await import('../../network/name-files.ts');
  const { resolveNetwork } = await import('../../network/config/resolve.ts');
  rewriteNetworkFacts(engine.store, resolveNetwork(network));
}
