import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import type {
  AttachmentInput,
  BridgesInput,
  EventsInput,
  PortRelayInput,
} from '../../plan/launch-input.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { type AddressWithPrefix, type Attachment, gatewaysOf } from '../attachment.ts';
import { policyFacts } from '../egress.ts';
import { askForAddress, lastingMac, withLease } from '../lan/dhcp.ts';
import { lanWayOf, openLan } from '../lan/join.ts';
import { networkDomain, writeNames, writeNetworkFacts } from '../name-files.ts';
import { type RelayTarget, relayPorts } from '../port-relay.ts';
import { forgetLease, writeNetworkStatus } from '../status.ts';
import type { NetworkDefaults, PortMapping } from '../types.ts';
import { attachmentInput, interfaceStatus } from './attach.ts';
import { HeldBridges } from './held.ts';
import { storeHolder, uplinkAddresses } from './holder.ts';
import { type Lease, leaseAddresses } from './leases.ts';
import { writePolicyEvents } from './policy-events.ts';
import { type BridgeSpaces, keepBridgeSpaces } from './spaces.ts';

/** A container that is connected to networks of its own choice. */
export interface BridgePlan {
  kind: 'bridges';
  input: BridgesInput;
  held: HeldBridges;
  ports: PortMapping[];
  /** On its networks, in their order. */
  addresses: string[];
  /** Name servers in the container, with a search domain of their own; none: the host's. */
  dns: string[];
  domain: string;
  /** Stands for a host's name server that cannot be reached from inside. */
  uplinkServer: string;
  /** Name servers that the LAN has told by DHCP. */
  lanServers: string[];
}

export interface BridgePlanInput {
  store: Store;
  containerId: string;
  attachments: readonly Attachment[];
  ports: PortMapping[];
  /** The container's own name servers, which the networks' name service asks. */
  servers: readonly string[];
  /** How what an egress policy refuses is told of; null: nobody is told. */
  events: EventsInput | null;
  idMap: IdMap;
  defaults: NetworkDefaults;
  /** The start is only shown: nothing is started for it. */
  shown: boolean;
}

function isV4({ address }: { address: string }): boolean {
  return !address.includes(':');
}

/** The relay of a container's ports on its networks, to its first address of each family; null: it needs none. */
export function bridgeRelay(
  ports: readonly PortMapping[],
  attachments: readonly Attachment[],
  addresses: readonly AddressWithPrefix[],
): PortRelayInput | null {
  const side = (isOfFamily: (one: { address: string }) => boolean): RelayTarget['ipv4'] => {
    const container = addresses.find(isOfFamily)?.address ?? null;
    const gateway = attachments.flatMap(({ network }) => gatewaysOf(network)).find(isOfFamily);
    return { container, standIn: gateway?.address ?? container };
  };
  return relayPorts(ports, {
    ipv4: side(isV4),
    ipv6: side((one) => !isV4(one)),
    neighbours: attachments.flatMap(({ network }) => network.subnets.map(({ subnet }) => subnet)),
  });
}

/** An attachment with what it has got. */
export interface Attached {
  attachment: Attachment;
  addresses: AddressWithPrefix[];
  input: AttachmentInput;
  /** Null: the network gives no addresses. */
  lease: Lease | null;
  /** Name servers that a DHCP server has told. */
  servers: string[];
}

/** Servers of DHCP know a container by it. */
function lastingMacOf(containerId: string, { id, ipam }: Attachment['network']): string | null {
  return ipam === 'dhcp' ? lastingMac(containerId, { id }) : null;
}

/**
 * Takes the addresses of an attachment and tells the network's name service of it. Throws BryoError
 * `address-taken` or `no-address`.
 */
export function takeAttachment(
  input: Pick<BridgePlanInput, 'store' | 'containerId' | 'servers' | 'events'>,
  attachment: Attachment,
): Attached {
  const { store, containerId, servers } = input;
  const { network, names, policy } = attachment;
  writeNetworkFacts(store, network);
  const leased = network.ipam === 'host-local' && network.subnets.length > 0;
  const lease = leased
    ? leaseAddresses(storePaths.runNetwork(store, network.id), attachment)
    : null;
  const addresses = lease?.addresses ?? [];
  if (policy !== null) writePolicyEvents(store, network.id, policy.number, input.events);
  if (lease !== null) {
    writeNames(
      store,
      { networkId: network.id, host: lease.host },
      {
        addresses: addresses.map(({ address }) => address),
        names: [
          `container ${containerId}`,
          ...servers.map((server) => `server ${server}`),
          ...(policy === null ? [] : policyFacts(policy)),
          ...names,
        ],
      },
    );
  }
  const mac = attachment.mac ?? lastingMacOf(containerId, network);
  return {
    attachment,
    addresses,
    input: attachmentInput(
      { ...attachment, mac },
      addresses,
      storePaths.container(store, containerId),
    ),
    lease,
    servers: [],
  };
}

/**
 * An attachment whose network is on the LAN, with what it gets there; another one as it is. `hold` hears of what keeps
 * the device. Throws BryoError `bad-network`, `no-address`, `no-answer`.
 */
export async function joinLan(
  store: Store,
  one: Attached,
  spaces: BridgeSpaces,
  hold: (fd: number) => void,
): Promise<Attached> {
  const { network } = one.attachment;
  const way = lanWayOf(network);
  const kept = way === null ? null : await openLan(store, way, spaces);
  if (kept !== null) hold(kept);
  if (network.ipam !== 'dhcp') return one;
  const { mac, dhcp: client, link, interfaceName, leaseFiles } = one.input;
  if (way === null) {
    throw new BryoError('bad-network', `network ${network.name}: nobody answers DHCP there`, {
      hint: 'make it with --subnet, or with -o parent=DEVICE of the LAN',
    });
  }
  const { parent, mode } = link;
  const lease = askForAddress({ network: network.name, parent, mac, mode, client }, spaces);
  const addresses = [lease.address];
  const attachment = withLease({ ...one.attachment, mac }, [
    { ...lease.address, gateway: lease.gateway },
  ]);
  forgetLease(leaseFiles, interfaceName);
  const input = attachmentInput(attachment, addresses, leaseFiles);
  return { attachment, addresses, input, lease: null, servers: lease.servers };
}

/** Whether starting takes work in the bridges' network, which has to be there by then. */
function isOnLan({ attachment: { network } }: Attached): boolean {
  return network.ipam === 'dhcp' || lanWayOf(network) !== null;
}

/**
 * Takes a container's addresses and the namespaces of the bridges, whose holder is started if there is none: where
 * nothing is to be done in them, by `held.open`.
 *
 * Throws BryoError `address-taken`, `no-address`, `no-bridges`, `no-slirp4netns`; nothing is held then.
 */
export async function planBridges(input: BridgePlanInput): Promise<BridgePlan> {
  const { attachments, ports, store } = input;
  const held = new HeldBridges();
  const { directory, holder } = storeHolder(store, input.idMap, input.defaults);
  try {
    if (!input.shown) held.keep(await keepBridgeSpaces(directory), holder);
    const attached = attachments.map((attachment) => {
      const one = takeAttachment(input, attachment);
      held.addLease(one.lease);
      return one;
    });
    if (!input.shown) {
      const spaces = attached.some(isOnLan) ? await held.open() : null;
      if (spaces !== null) {
        for (const [index, one] of attached.entries()) {
          attached[index] = await joinLan(store, one, spaces, (fd) => held.addLan(fd));
        }
      }
      writeNetworkStatus(
        storePaths.container(store, input.containerId),
        attached.map((one) => interfaceStatus(one.attachment, one.input, one.addresses)),
      );
    }
    const addresses = attached.flatMap((one) => one.addresses);
    return {
      kind: 'bridges',
      input: {
        directory,
        holder,
        attachments: attached.map((one) => one.input),
        portRelay: bridgeRelay(
          ports,
          attached.map(({ attachment }) => attachment),
          addresses,
        ),
      },
      held,
      ports,
      addresses: addresses.map(({ address }) => address),
      domain: networkDomain,
      uplinkServer: uplinkAddresses.dns,
      lanServers: attached.flatMap(({ servers }) => servers),
      // Names of who may reach some only are resolved where they are opened.
      dns: attachments.flatMap(({ network, policy }) =>
        network.dns || policy !== null ? gatewaysOf(network).map((one) => one.address) : [],
      ),
    };
  } catch (error) {
    held.close();
    throw error;
  }
}
