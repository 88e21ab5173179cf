import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type IpNetwork, networkOf, parseCidr } from '../../base/ip-network.ts';

/** The host's interfaces and networks, which those of containers must not be mistaken for. */
export interface HostNetworks {
  interfaces: string[];
  /** The networks of the interfaces' addresses. */
  subnets: IpNetwork[];
  /** Destinations of routes, but for those to everywhere. */
  routes: IpNetwork[];
}

function interfaceNames(): string[] {
  try {
    return readdirSync('/sys/class/net');
  } catch {
    return Object.keys(networkInterfaces());
  }
}

function addressNetworks(): IpNetwork[] {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return addresses.flatMap(({ cidr }) => {
    const parsed = cidr === null ? null : parseCidr(cidr);
    return parsed === null ? [] : [parsed.network];
  });
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

/** Four bytes in the host's order, the least first on every machine that bryo runs on. */
function littleEndian(hex: string): bigint {
  return BigInt(`0x${hex.match(/../g)?.reverse().join('') ?? '0'}`);
}

function onesOf(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}

/** proc_pid_net(5): route has addresses in the host's byte order, ipv6_route in that of the network. */
function routes(): IpNetwork[] {
  const v4 = lines('/proc/self/net/route')
    .slice(1)
    .flatMap((line) => {
      const words = line.split(/\s+/);
      const [destination = '', mask = ''] = [words[1], words[7]];
      if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask)) return [];
      return [
        networkOf({ family: 4, value: littleEndian(destination) }, onesOf(littleEndian(mask))),
      ];
    });
  const v6 = lines('/proc/self/net/ipv6_route').flatMap((line) => {
    const [destination = '', prefix = ''] = line.split(/\s+/);
    if (!/^[0-9a-f]{32}$/.test(destination) || !/^[0-9a-f]{2}$/.test(prefix)) return [];
    return [
      networkOf({ family: 6, value: BigInt(`0x${destination}`) }, Number.parseInt(prefix, 16)),
    ];
  });
  return [...v4, ...v6].filter(({ prefix }) => prefix > 0);
}

/** The host's networks as they are now. */
export function hostNetworks(): HostNetworks {
  return { interfaces: interfaceNames(), subnets: addressNetworks(), routes: routes() };
}
