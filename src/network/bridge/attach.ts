import { randomBytes } from 'node:crypto';
import { BryoError } from '../../base/errors.ts';
import type { AttachmentInput } from '../../plan/launch-input.ts';
import { type AddressWithPrefix, type Attachment, gatewaysOf } from '../attachment.ts';
import { lastingOpenings } from '../egress.ts';
import { dhcpClient } from '../lan/dhcp.ts';
import { lanWayOf } from '../lan/join.ts';
import { innerName, type LanWay } from '../lan/way.ts';
import type { InterfaceStatus } from '../status.ts';
import { uplinkMtu } from './holder.ts';

/** Of default routes (netavark). */
const usualMetric = 100;

function cidr({ address, prefix }: AddressWithPrefix): string {
  return `${address}/${prefix}`;
}

function isV4(address: string): boolean {
  return !address.includes(':');
}

function macText(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** A MAC address that says the address of IPv4: whoever has that later has this one too, and no cache errs. */
export function macOf(addresses: readonly AddressWithPrefix[]): string {
  const address = addresses.map((one) => one.address).find(isV4);
  // Locally administered (IEEE 802, 8.4).
  const own = address === undefined ? [...randomBytes(4)] : address.split('.').map(Number);
  return macText([0x02, address === undefined ? 0x63 : 0x62, ...own]);
}

function routesOf({ network }: Attachment): string[] {
  const { routing, internal } = network;
  const metric = routing.metric ?? usualMetric;
  const gateways = internal || routing.noDefaultRoute ? [] : gatewaysOf(network);
  return [
    ...gateways.map(({ address }) => `default ${address} ${metric}`),
    ...routing.routes.map(
      ({ destination, gateway, metric: own }) => `${destination} ${gateway} ${own ?? metric}`,
    ),
  ];
}

/** The hardware address by which a container is known on the LAN. Throws BryoError `bad-network`. */
function macOnLan({ mac, network }: Attachment, way: LanWay | null): string | null {
  if (way?.kind !== 'macvtap') return mac;
  if (mac === null || mac === way.mac) return way.mac;
  throw new BryoError(
    'bad-network',
    `network ${network.name}: ${way.device} has the one hardware address ${way.mac}`,
  );
}

/**
 * An attachment with its addresses as the launch plan of the container of that directory has it. Throws BryoError
 * `bad-network` where its parent is a device of the host that the user has no rights to, `no-dhcp-client` where its
 * address comes by DHCP.
 */
export function attachmentInput(
  attachment: Attachment,
  addresses: readonly AddressWithPrefix[],
  containerDirectory: string,
): AttachmentInput {
  const { link, internal } = attachment.network;
  const isBridge = link.driver === 'bridge';
  const isByDhcp = attachment.network.ipam === 'dhcp';
  const way = lanWayOf(attachment.network);
  return {
    link: {
      driver: link.driver,
      bridge: link.bridge,
      parent: way === null ? link.parent : innerName(way.device),
      // All that the one address of a macvtap gets is for one container.
      mode: way?.kind === 'macvtap' ? 'passthru' : (link.mode ?? ''),
      mtu: link.mtu === 0 && isBridge ? uplinkMtu : link.mtu,
      vlan: link.vlan ?? 0,
      internal,
      unmanaged: link.mode === 'unmanaged',
    },
    interfaceName: attachment.interfaceName,
    hostName: attachment.hostInterfaceName ?? '',
    mac: macOnLan(attachment, way) ?? macOf(addresses),
    addresses: addresses.map(cidr),
    gateways: isBridge ? gatewaysOf(attachment.network).map(cidr) : [],
    routes: routesOf(attachment),
    policy: attachment.policy?.number ?? 0,
    egress: attachment.policy === null ? [] : lastingOpenings(attachment.policy),
    rate: BigInt(Math.ceil(attachment.rate / 8)),
    dhcp: isByDhcp ? dhcpClient(attachment) : [],
    leaseFiles: isByDhcp ? containerDirectory : '',
  };
}

/** An attachment as `inspect` shows it. */
export function interfaceStatus(
  { network }: Attachment,
  { interfaceName, mac }: AttachmentInput,
  addresses: readonly AddressWithPrefix[],
): InterfaceStatus {
  return {
    network: network.name,
    networkId: network.id,
    interfaceName,
    mac,
    addresses: addresses.map(({ address, prefix }, index) => ({
      address,
      prefix,
      gateway: network.subnets[index]?.gateway ?? null,
    })),
    ...(network.ipam === 'dhcp' && { leased: true }),
  };
}
