import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import {
  containsIp,
  firstIp,
  formatIp,
  type IpNetwork,
  lastIp,
  parseCidr,
  parseIp,
} from '../../base/ip-network.ts';
import { addon } from '../../native/addon.ts';
import type { AddressWithPrefix, Attachment, NetworkSubnet } from '../attachment.ts';

/** Addresses of a container on one network, its own for as long as the descriptor is open somewhere. */
export interface Lease {
  fd: number;
  /** Number of the host in the first subnet. */
  host: number;
  /** One for each subnet, in their order. */
  addresses: AddressWithPrefix[];
}

/** The numbers of hosts of a subnet lie together in the file of leases; larger ones share a place. */
const placesPerSubnet = 2 ** 40;

/** A subnet with what is leased of it, as numbers of hosts. */
interface Pool {
  network: IpNetwork;
  index: number;
  first: bigint;
  last: bigint;
  /** Numbers that no container gets: the gateway's. */
  reserved: bigint | null;
}

function numberIn(network: IpNetwork, text: string | null): bigint | null {
  const address = text === null ? null : parseIp(text);
  return address === null ? null : address.value - network.base;
}

function poolOf({ subnet, gateway, leaseRange }: NetworkSubnet, index: number): Pool {
  const network = parseCidr(subnet)?.network;
  if (network === undefined) throw new BryoError('bad-network', `bad subnet ${subnet}`);
  // The last address of IPv4 is for all hosts, unless there are no more than two.
  const most = network.family === 4 && network.prefix < 31 ? 1n : 0n;
  const whole = network.prefix >= (network.family === 4 ? 31 : 127);
  return {
    network,
    index,
    first:
      numberIn(network, leaseRange?.first ?? null) ??
      (whole ? 0n : firstIp(network).value - network.base),
    last:
      numberIn(network, leaseRange?.last ?? null) ?? lastIp(network).value - network.base - most,
    reserved: numberIn(network, gateway),
  };
}

function placeOf({ index }: Pool, host: bigint): number {
  return index * placesPerSubnet + Number(host % BigInt(placesPerSubnet));
}

function tryLock(fd: number, pool: Pool, host: bigint): boolean {
  return addon().lockByte(fd, 'exclusive', placeOf(pool, host), false);
}

/** The file of a network's leases, in its directory. */
export function leaseFile(directory: string): string {
  return join(directory, 'leases');
}

/** Where the addresses of a container lie in the file of leases, and by which number its names are found. */
export function leasePlaces(
  { network }: Attachment,
  addresses: readonly string[],
): { host: number; places: number[] } {
  const hosts = network.subnets.map(poolOf).flatMap((pool, index) => {
    const number = numberIn(pool.network, addresses[index] ?? null);
    return number === null ? [] : [{ pool, number }];
  });
  return {
    host: Number(hosts[0]?.number ?? 0n),
    places: hosts.map(({ pool, number }) => placeOf(pool, number)),
  };
}

/** The numbers that were leased last, one for each subnet: those that have just been given back rest a while. */
function lastLeased(fd: number): bigint[] {
  const buffer = Buffer.alloc(256);
  const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  return text
    .split(' ')
    .filter((word) => /^\d+$/.test(word))
    .map(BigInt);
}

/** The next free number; null: there is none. `wanted` is taken if it is free. */
function takeNext(fd: number, pool: Pool, after: bigint, wanted: bigint | null): bigint | null {
  const take = (host: bigint): boolean =>
    host >= pool.first && host <= pool.last && host !== pool.reserved && tryLock(fd, pool, host);
  if (wanted !== null && take(wanted)) return wanted;
  const start = after >= pool.first && after < pool.last ? after + 1n : pool.first;
  for (let host = start; host <= pool.last; host += 1n) if (take(host)) return host;
  for (let host = pool.first; host < start; host += 1n) if (take(host)) return host;
  return null;
}

/** The container that has a lease, by the file of its names; null: it is not known. */
function ownerOf(directory: string, host: bigint): string | null {
  try {
    const text = readFileSync(join(directory, 'names', String(host)), 'utf8');
    return /^container ([0-9a-f]{64})$/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

function taken(directory: string, address: string, host: bigint): BryoError {
  const owner = ownerOf(directory, host);
  const whose = owner === null ? 'another container' : `container ID ${owner}`;
  return new BryoError(
    'address-taken',
    `IPAM error: requested ip address ${address} is already allocated to ${whose}`,
  );
}

function full({ network, first, last }: Pool, name: string): BryoError {
  const { family, base } = network;
  const [from, to] = [first, last].map((host) => formatIp({ family, value: base + host }));
  return new BryoError(
    'no-address',
    `IPAM error: failed to find free IP in range: ${from} - ${to}`,
    {
      hint: `network ${name} has no address left: remove containers, or make one with a larger --subnet`,
    },
  );
}

function leaseIn(fd: number, directory: string, { network, addresses }: Attachment) {
  const pools = network.subnets.map(poolOf);
  const before = lastLeased(fd);
  const hosts: bigint[] = [];
  for (const pool of pools) {
    const asked = addresses.find(({ address }) => {
      const ip = parseIp(address);
      return ip !== null && containsIp(pool.network, ip);
    });
    const fixed = asked === undefined ? null : numberIn(pool.network, asked.address);
    if (asked !== undefined && fixed !== null) {
      if (!tryLock(fd, pool, fixed)) throw taken(directory, asked.address, fixed);
      hosts.push(fixed);
      continue;
    }
    const host = takeNext(fd, pool, before[pool.index] ?? 0n, hosts[0] ?? null);
    if (host === null) throw full(pool, network.name);
    before[pool.index] = host;
    hosts.push(host);
  }
  writeSync(
    fd,
    pools
      .map(({ index }) => String(before[index] ?? 0n))
      .join(' ')
      .padEnd(256),
    0,
  );
  return { pools, hosts };
}

/**
 * Takes a container's addresses on a network: those that were asked for, else free ones. The directory is the
 * network's in the runtime directory.
 *
 * Throws BryoError `address-taken` or `no-address`, in podman's words.
 */
export function leaseAddresses(directory: string, attachment: Attachment): Lease {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fd = openSync(leaseFile(directory), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { pools, hosts } = leaseIn(fd, directory, attachment);
    return {
      fd,
      host: Number(hosts[0] ?? 0n),
      addresses: pools.map(({ network: { family, base, prefix } }, index) => ({
        address: formatIp({ family, value: base + (hosts[index] ?? 0n) }),
        prefix,
      })),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
