import { isIP } from '../base/ip-address.ts';
import type { PortRelayInput } from '../plan/launch-input.ts';
import type { PortMapping } from './types.ts';

/** An IPv4 address as a number. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The eight groups of an IPv6 address; an IPv4 address at its end has two of them. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text.split(':').flatMap((group) => {
      if (group === '') return [];
      if (!group.includes('.')) return [Number.parseInt(group, 16)];
      const number = ipv4Number(group);
      return [Math.floor(number / 0x1_0000), number % 0x1_0000];
    });
  const [first, last] = [groups(head), groups(tail ?? '')];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** An address as four words of IPv6, where IPv4 is mapped (RFC 4291, 2.5.5.2). */
export function addressWords(address: string): number[] {
  if (isIP(address) === 4) return [0, 0, 0xffff, ipv4Number(address)];
  const groups = groupsOf(address);
  return [0, 2, 4, 6].map((at) => (groups[at] ?? 0) * 0x1_0000 + (groups[at + 1] ?? 0));
}

const protocolNumbers = { tcp: 6, udp: 17 } as const;

/** How the relay gets a socket of the host (addon/relay/port.h). */
const sources = { bind: 0, bindIfPossible: 1, given: 2 } as const;

/** `given`: the sockets of the caller, in the order in which the launcher gets them. */
function portWords(port: PortMapping, given: readonly number[]): number[] {
  const { protocol, hostIp, containerPort, bothFamilies = false, descriptor } = port;
  const hostPort = descriptor === undefined ? port.hostPort : given.indexOf(descriptor);
  const words = (source: number, address: string): number[] => [
    ...[protocolNumbers[protocol], source],
    ...[...addressWords(address), hostPort, containerPort],
  ];
  if (descriptor !== undefined) return words(sources.given, hostIp);
  const own = words(sources.bind, hostIp);
  return bothFamilies ? [...own, ...words(sources.bindIfPossible, '::')] : own;
}

/** The sockets of the caller among ports, which the launcher is to get in this order. */
export function givenDescriptors(ports: readonly PortMapping[]): number[] {
  return ports.flatMap(({ descriptor }) => (descriptor === undefined ? [] : [descriptor]));
}

/** Addresses of the container and of who stands for clients that it cannot see; null: none. */
export interface RelayTarget {
  ipv4: { container: string | null; standIn: string | null };
  ipv6: { container: string | null; standIn: string | null };
  /** Networks of the container's own, ADDRESS/BITS. */
  neighbours?: readonly string[];
}

function neighbourWords(network: string): number[] {
  const [address = '', bits = ''] = network.split('/');
  return [...addressWords(address), Number(bits) + (isIP(address) === 4 ? 96 : 0)];
}

/**
 * Ports that bryo's own relay (addon/relay) carries into a container. A helper of its own would hide the clients'
 * addresses, and slirp4netns refuses answers to UDP from the host's loopback. Null: there are none.
 */
export function relayPorts(
  ports: readonly PortMapping[],
  { ipv4, ipv6, neighbours = [] }: RelayTarget,
): PortRelayInput | null {
  if (ports.length === 0) return null;
  const given = givenDescriptors(ports);
  return {
    addresses: [ipv4.container, ipv4.standIn, ipv6.container, ipv6.standIn].flatMap((address) =>
      addressWords(address ?? '::'),
    ),
    neighbours: neighbours.flatMap(neighbourWords),
    ports: ports.flatMap((port) => portWords(port, given)),
  };
}
