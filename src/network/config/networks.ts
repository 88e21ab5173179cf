import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { acquireLock, type HeldLock, type LockMode } from '../../native/locks.ts';
import { claimFile, syncDirectory, writeFileAtomic } from '../../store/atomic-file.ts';
import { BadNetworkFile, formatNetwork, readNetwork } from './file-format.ts';
import { isNetworkName, type Network } from './network.ts';
import { completeSubnets, type SubnetPool } from './subnets.ts';

/** Where networks are kept, and what containers.conf(5) says of all. */
export interface NetworkDirectory {
  path: string;
  /** Name and subnet of the network that is there without a file. */
  defaultName: string;
  defaultSubnet: string;
  pools: readonly SubnetPool[];
}

/** The networks of a directory, and what is wrong with files that are passed over. */
export interface NetworkList {
  /** By name. */
  networks: Network[];
  problems: string[];
}

/** podman's: the same wherever it has no file. */
const defaultId = '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9';

/** The bridge of the default network, and what the names of others begin with. */
export const bridgePrefix = 'podman';

/** Whether a bridge's name is one that is given when nobody asks for another. */
export function isGivenBridgeName(name: string): boolean {
  return name.startsWith(bridgePrefix) && /^\d+$/.test(name.slice(bridgePrefix.length));
}

/** The network that is there without a file. Throws BryoError `bad-containers-conf` for a subnet that is none. */
function defaultNetwork({ defaultName, defaultSubnet }: NetworkDirectory): Network {
  const refuse = (message: string): never => {
    throw new BryoError('bad-containers-conf', `network.default_subnet: ${message}`);
  };
  const asked = [{ subnet: defaultSubnet, gateway: null, leaseRange: null }];
  return {
    name: defaultName,
    id: defaultId,
    driver: 'bridge',
    interfaceName: `${bridgePrefix}0`,
    created: new Date().toISOString(),
    subnets: completeSubnets(asked, { withGateway: true, used: [] }, refuse),
    routes: [],
    ipv6: defaultSubnet.includes(':'),
    internal: false,
    dns: false,
    dnsServers: [],
    labels: {},
    options: {},
    ipamOptions: { driver: 'host-local' },
  };
}

function fileOf({ path }: NetworkDirectory, name: string): string {
  return join(path, `${name}.json`);
}

type Reading = Network | { problem: string } | null;

function readFile(directory: NetworkDirectory, name: string): Reading {
  const path = fileOf(directory, name);
  try {
    return readNetwork(readFileSync(path, 'utf8'), `${name}.json`);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    if (!(error instanceof BadNetworkFile) && errnoCode(error) === undefined) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `network config ${path} is passed over: ${why}` };
  }
}

/** Files of the directory that are no networks: their names, and what is wrong with them. */
export function damagedNetworks(
  directory: NetworkDirectory,
): { name: string; path: string; problem: string }[] {
  return fileNames(directory).flatMap((name) => {
    const reading = readFile(directory, name);
    if (reading === null || !('problem' in reading)) return [];
    return [{ name, path: fileOf(directory, name), problem: `is damaged: ${reading.problem}` }];
  });
}

function fileNames({ path }: NetworkDirectory): string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** All networks, the default one among them. */
export function listNetworks(directory: NetworkDirectory): NetworkList {
  const list: NetworkList = { networks: [], problems: [] };
  for (const name of fileNames(directory)) {
    const reading = readFile(directory, name);
    if (reading === null) continue;
    if ('problem' in reading) list.problems.push(reading.problem);
    else list.networks.push(reading);
  }
  const { networks } = list;
  const { defaultName } = directory;
  if (!networks.some(({ name }) => name === defaultName)) networks.push(defaultNetwork(directory));
  networks.sort((a, b) => (a.name < b.name ? -1 : 1));
  return list;
}

function findById(directory: NetworkDirectory, prefix: string): Network | null {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return null;
  const matches = listNetworks(directory).networks.filter(({ id }) => id.startsWith(prefix));
  if (matches.length > 1) {
    throw new BryoError('ambiguous-id', `more than one result for network ID ${prefix}`);
  }
  return matches[0] ?? null;
}

/** The network with a name, an id or the beginning of one; null: there is none. Throws `ambiguous-id`. */
export function lookUpNetwork(directory: NetworkDirectory, nameOrId: string): Network | null {
  if (isNetworkName(nameOrId)) {
    const reading = readFile(directory, nameOrId);
    if (reading !== null && 'problem' in reading) {
      throw new BryoError('bad-network', reading.problem, { about: nameOrId });
    }
    if (reading !== null) return reading;
    if (nameOrId === directory.defaultName) return defaultNetwork(directory);
  }
  return findById(directory, nameOrId);
}

export function noSuchNetwork(nameOrId: string): BryoError {
  const message = `unable to find network with name or ID ${nameOrId}: network not found`;
  return new BryoError('no-such-network', message, { about: nameOrId });
}

/** As lookUpNetwork. Throws BryoError `no-such-network`, too. */
export function findNetwork(directory: NetworkDirectory, nameOrId: string): Network {
  const network = lookUpNetwork(directory, nameOrId);
  if (network === null) throw noSuchNetwork(nameOrId);
  return network;
}

function lockFile(directory: string): string {
  return join(directory, 'netavark.lock');
}

/**
 * Keeps networks from changing (shared), or others from changing them (exclusive). Makes the directory. Errors:
 * those of acquireLock.
 */
export async function lockNetworks({ path }: NetworkDirectory, mode: LockMode): Promise<HeldLock> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return acquireLock(lockFile(path), mode);
}

/** Writes a new network, under the lock. False: there is one of that name. */
export function claimNetwork(directory: NetworkDirectory, network: Network): boolean {
  return claimFile(fileOf(directory, network.name), formatNetwork(network), 'durable', {
    mode: 0o644,
  });
}

/** Writes a network anew, under the lock. */
export function writeNetwork(directory: NetworkDirectory, network: Network): void {
  const text = formatNetwork(network);
  writeFileAtomic(fileOf(directory, network.name), text, 'durable', { mode: 0o644 });
}

/** Removes the files of networks, under the lock; `forgotten` hears of each. */
export function forgetNetworks(
  directory: NetworkDirectory,
  names: readonly string[],
  forgotten: (name: string) => void = () => undefined,
): void {
  try {
    for (const name of names) {
      rmSync(fileOf(directory, name), { force: true });
      forgotten(name);
    }
  } finally {
    // Once for all: it takes longer than everything else.
    syncDirectory(directory.path);
  }
}

/** Removes all networks, and their directory unless there is more in it. */
export async function forgetAllNetworks(directory: NetworkDirectory): Promise<void> {
  const { path } = directory;
  if (!existsSync(path)) return;
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    forgetNetworks(directory, fileNames(directory));
    unlinkSync(lockFile(path));
    rmdirSync(path);
  } catch (error) {
    // EBUSY: something is mounted there; EACCES: it lies in a directory that is not the caller's.
    if (!['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES'].includes(errnoCode(error) ?? '')) throw error;
  } finally {
    lock.release();
  }
}
