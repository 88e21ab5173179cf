import { BryoError } from '../../base/errors.ts';
import { makeHash } from '../../base/hash.ts';
import { formatCidr, formatIp, parseCidr, parseIp } from '../../base/ip-network.ts';
import { findProgram } from '../../native/programs.ts';
import type { AddressWithPrefix, Attachment } from '../attachment.ts';
import { askBridgeMode } from '../bridge/run-mode.ts';
import type { BridgeSpaces } from '../bridge/spaces.ts';

/** A lease of IPv4 from a DHCP server (RFC 2131). */
export interface DhcpLease {
  address: AddressWithPrefix;
  gateway: string | null;
  /** Name servers. */
  servers: string[];
}

/** The client and its first words: busybox's, which is small and on most machines. Throws BryoError `no-dhcp-client`. */
export function dhcpClient({ names }: Pick<Attachment, 'names'>): string[] {
  const own = findProgram('udhcpc');
  const busybox = own ?? findProgram('busybox');
  if (busybox === null) {
    throw new BryoError('no-dhcp-client', 'udhcpc is not installed', {
      hint: 'apt install udhcpc, or make the network with --subnet',
    });
  }
  const name = names[0] ?? '';
  return [
    busybox,
    ...(own === null ? ['udhcpc'] : []),
    ...(name === '' ? [] : ['-x', `hostname:${name}`]),
  ];
}

/** A hardware address by which servers know a container again. */
export function lastingMac(containerId: string, { id }: { id: string }): string {
  const digest = makeHash('sha256').update(`${containerId} ${id}`).digest();
  // Locally administered, of one station (IEEE 802, 8.4).
  return [0x02, 0x64, ...digest.subarray(0, 4)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}

function addressOf(text: string): string | null {
  const address = parseIp(text);
  return address?.family === 4 ? formatIp(address) : null;
}

/** Servers are anybody's on the LAN: what is no address of a host is no lease. Null: it is none. */
export function readLease(text: string): DhcpLease | null {
  const [ok, address = '', router = '', ...servers] = text.trim().split(/\s+/);
  const parsed = parseCidr(address);
  if (ok !== 'ok' || parsed === null || parsed.network.family !== 4) return null;
  const { prefix } = parsed.network;
  if (prefix === 0) return null;
  return {
    address: { address: address.split('/')[0] ?? '', prefix },
    gateway: addressOf(router),
    servers: servers.flatMap((server) => addressOf(server) ?? []),
  };
}

/** An interface as it asks for its address, and who asks. */
export interface DhcpQuestion {
  network: string;
  parent: string;
  mac: string;
  mode: string;
  client: readonly string[];
}

/** Asks for an address from the bridges' network. Throws BryoError `no-address`. */
export function askForAddress(
  { network, parent, mac, mode, client }: DhcpQuestion,
  spaces: BridgeSpaces,
): DhcpLease {
  const name = `dhcp${mac.replaceAll(':', '').slice(-8)}`;
  const interfaceWords = ['--parent', parent, '--mac', mac, '--mode', mode, '--name', name];
  const answer = askBridgeMode('dhcp-lease', {
    words: [...interfaceWords, '--', ...client],
    fds: [spaces.users, spaces.network],
  });
  const lease = readLease(answer);
  if (lease !== null) return lease;
  throw new BryoError('no-address', `network ${network}: ${answer}`);
}

/** An attachment with what its container has got by DHCP. */
export function withLease(
  attachment: Attachment,
  addresses: readonly (AddressWithPrefix & { gateway: string | null })[],
): Attachment {
  const { network } = attachment;
  const subnets = addresses.map(({ address, prefix, gateway }) => {
    const parsed = parseCidr(`${address}/${prefix}`);
    const subnet = parsed === null ? `${address}/${prefix}` : formatCidr(parsed.network);
    return { subnet, gateway, leaseRange: null };
  });
  return { ...attachment, network: { ...network, subnets } };
}
