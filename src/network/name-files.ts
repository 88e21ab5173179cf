import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { type AttachedNetwork, gatewaysOf } from './attachment.ts';

/** The domain in which the containers of a network have their names, as with podman. */
export const networkDomain = 'dns.podman';

/** Whether the directory was not there before. */
function makeDirectory(path: string): boolean {
  return mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
}

/** The text of a network's facts for its name service: a word and a value in each line. */
export function networkFacts(network: AttachedNetwork): string {
  const yes = (flag: boolean): string => (flag ? 'yes' : 'no');
  const lines = [
    `bridge ${network.link.bridge}`,
    ...gatewaysOf(network).map(({ address }) => `gateway ${address}`),
    ...network.subnets.map(({ subnet }) => `subnet ${subnet}`),
    `internal ${yes(network.internal)}`,
    `dns ${yes(network.dns)}`,
    ...network.dnsServers.map((server) => `server ${server}`),
    `domain ${networkDomain}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Takes away what the name service knows of networks that had one of these gateways before. A network that bryo removes
 * is forgotten by then; another program's removal says nothing here.
 */
function forgetFormer(store: Store, network: AttachedNetwork): void {
  const gateways = gatewaysOf(network).map(({ address }) => `gateway ${address}`);
  for (const other of readdirSync(storePaths.runNetworks(store))) {
    if (other === network.id || !/^[0-9a-f]{64}$/.test(other)) continue;
    const directory = storePaths.runNetwork(store, other);
    const facts = readFacts(join(directory, 'network'));
    if (gateways.some((line) => facts.includes(line)))
      rmSync(directory, { recursive: true, force: true });
  }
}

/** The lines of a network's facts; none where it has none. */
function readFacts(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** Writes a network's facts for its name service, and makes the directories of its leases and names. */
export function writeNetworkFacts(store: Store, network: AttachedNetwork): void {
  const directory = storePaths.runNetwork(store, network.id);
  const isNew = makeDirectory(join(directory, 'names'));
  if (isNew) forgetFormer(store, network);
  writeFileAtomic(join(directory, 'network'), networkFacts(network), 'volatile');
}

/** Writes the facts of a network anew that containers use, or have used since the machine was started. */
export function rewriteNetworkFacts(store: Store, network: AttachedNetwork): void {
  if (existsSync(storePaths.runNetwork(store, network.id))) writeNetworkFacts(store, network);
}

/** A lease of a network, by the number of the host that it is in the subnets. */
export interface NetworkLease {
  networkId: string;
  host: number;
}

function nameFile(store: Store, { networkId, host }: NetworkLease): string {
  return join(storePaths.runNetwork(store, networkId), 'names', String(host));
}

/** Tells a network's name service of a container, before it runs. The lease is what makes it count. */
export function writeNames(
  store: Store,
  lease: NetworkLease,
  { addresses, names }: { addresses: readonly string[]; names: readonly string[] },
): void {
  const lines = [addresses.join(' '), ...names.map((name) => name.toLowerCase())];
  writeFileAtomic(nameFile(store, lease), lines.map((line) => `${line}\n`).join(''), 'volatile');
}

/** Adds a name to those of a container that has some; one without has no address on the network now. */
export function addName(store: Store, lease: NetworkLease, name: string): void {
  const path = nameFile(store, lease);
  const lines = readFacts(path);
  const added = name.toLowerCase();
  if (lines.length === 0 || lines.includes(added)) return;
  writeFileAtomic(path, `${lines.join('\n')}${added}\n`, 'volatile');
}

/** Takes a container's names back. */
export function removeNames(store: Store, lease: NetworkLease): void {
  try {
    unlinkSync(nameFile(store, lease));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}
