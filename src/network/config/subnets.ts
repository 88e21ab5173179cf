import {
  containsIp,
  firstIp,
  formatCidr,
  formatIp,
  type IpNetwork,
  networkOf,
  nextNetwork,
  overlap,
  parseCidr,
  parseIp,
} from '../../base/ip-network.ts';
import { randomHex } from '../../base/random.ts';
import type { ConfiguredSubnet } from './network.ts';

/** Where subnets of a size are taken from (`default_subnet_pools` of containers.conf(5)). */
export interface SubnetPool {
  base: IpNetwork;
  /** Bits of the networks' part of a subnet. */
  size: number;
}

/** The means to refuse something; the message has podman's words. */
export type Refuse = (message: string) => never;

function pool(text: string, size: number): SubnetPool {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`${text} is no network`);
  return { base: parsed.network, size };
}

/** podman's, where containers.conf(5) has none. */
export const usualSubnetPools: readonly SubnetPool[] = [
  pool('10.89.0.0/16', 24),
  pool('10.90.0.0/15', 24),
  pool('10.92.0.0/14', 24),
  pool('10.96.0.0/11', 24),
  pool('10.128.0.0/9', 24),
];

/** Networks that are in use, those of each size by their numbers: whether another overlaps takes a look for each size. */
export class UsedSubnets {
  readonly #bySize = new Map<string, { network: IpNetwork; bases: Set<bigint> }>();

  constructor(networks: Iterable<IpNetwork> = []) {
    for (const network of networks) this.add(network);
  }

  add(network: IpNetwork): void {
    const key = `${network.family}/${network.prefix}`;
    const same = this.#bySize.get(key);
    if (same === undefined) this.#bySize.set(key, { network, bases: new Set([network.base]) });
    else same.bases.add(network.base);
  }

  overlaps(asked: IpNetwork): boolean {
    for (const { network, bases } of this.#bySize.values()) {
      if (network.family !== asked.family) continue;
      if (network.prefix <= asked.prefix) {
        const around = networkOf({ family: asked.family, value: asked.base }, network.prefix);
        if (bases.has(around.base)) return true;
      } else {
        for (const base of bases) if (overlap(asked, { ...network, base })) return true;
      }
    }
    return false;
  }
}

/** The first subnet of the pools that nobody uses. */
export function freeSubnet(
  pools: readonly SubnetPool[],
  used: UsedSubnets,
  refuse: Refuse,
): IpNetwork {
  for (const { base, size } of pools) {
    let candidate: IpNetwork | null = { ...base, prefix: size };
    while (candidate !== null && containsIp(base, { family: 4, value: candidate.base })) {
      if (!used.overlaps(candidate)) return candidate;
      candidate = nextNetwork(candidate);
    }
  }
  return refuse('could not find free subnet from subnet pools');
}

/** A subnet of the unique local addresses, which is chosen at random (RFC 4193, 3.2). */
export function randomSubnet6(used: UsedSubnets): IpNetwork {
  for (;;) {
    const value = BigInt(`0xfd${randomHex(7)}`) << 64n;
    const network = networkOf({ family: 6, value }, 64);
    if (!used.overlaps(network)) return network;
  }
}

function checkRange(
  subnet: IpNetwork,
  { leaseRange }: ConfiguredSubnet,
  refuse: Refuse,
): ConfiguredSubnet['leaseRange'] {
  if (leaseRange === null) return null;
  const within = (text: string | null, end: string): string | null => {
    if (text === null) return null;
    const address = parseIp(text);
    if (address === null || !containsIp(subnet, address)) {
      return refuse(`lease range ${end} ip ${text} not in subnet ${formatCidr(subnet)}`);
    }
    return formatIp(address);
  };
  const range = { first: within(leaseRange.first, 'start'), last: within(leaseRange.last, 'end') };
  const [first, last] = [range.first, range.last].map((end) =>
    end === null ? null : parseIp(end),
  );
  if (first && last && first.value > last.value) {
    return refuse(`lease range start ip ${range.first} comes after its end ${range.last}`);
  }
  return range;
}

function completeSubnet(
  asked: ConfiguredSubnet,
  { withGateway, used }: { withGateway: boolean; used: UsedSubnets },
  refuse: Refuse,
): ConfiguredSubnet {
  const parsed = parseCidr(asked.subnet);
  if (parsed === null) return refuse(`subnet invalid: invalid CIDR address: ${asked.subnet}`);
  const { network } = parsed;
  const subnet = formatCidr(network);
  if (used.overlaps(network)) {
    return refuse(`subnet ${subnet} is already used on the host or by another config`);
  }
  const given = asked.gateway === null ? null : parseIp(asked.gateway);
  if (asked.gateway !== null && (given === null || !containsIp(network, given))) {
    return refuse(`gateway ${asked.gateway} not in subnet ${subnet}`);
  }
  const gateway = given ?? (withGateway ? firstIp(network) : null);
  return {
    subnet,
    gateway: gateway === null ? null : formatIp(gateway),
    leaseRange: checkRange(network, asked, refuse),
  };
}

/**
 * Subnets with their gateways, checked: each of them, that it is not in use, and against those before it. podman
 * takes two subnets of one network that overlap; no bridge could have both.
 */
export function completeSubnets(
  subnets: readonly ConfiguredSubnet[],
  { withGateway, used }: { withGateway: boolean; used: Iterable<IpNetwork> },
  refuse: Refuse,
): ConfiguredSubnet[] {
  const all = new UsedSubnets(used);
  return subnets.map((asked) => {
    const complete = completeSubnet(asked, { withGateway, used: all }, refuse);
    const parsed = parseCidr(complete.subnet);
    if (parsed !== null) all.add(parsed.network);
    return complete;
  });
}
