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

/**
 * Ports that bryo's own relay (addon/relay) carries into a container. A helper of its own would hide the clients'
 * addresses, and slirp4netns refuses answers to UDP from the host's loopback. Null: there are none.
 */
export function relayPorts(
  ports: readonly PortMapping[],
  target: { container: string; standIn: string; neighbours?: readonly number[] },
): PortRelayInput | null {
  if (ports.length === 0) return null;
  return {
    containerAddress: ipv4Number(target.container),
    standIn: ipv4Number(target.standIn),
    neighbours: target.neighbours ?? [],
    ports: ports.flatMap(({ protocol, hostIp, hostPort, containerPort }) => [
      protocolNumbers[protocol],
      ...addressWords(hostIp),
      hostPort,
      containerPort,
    ]),
  };
}
