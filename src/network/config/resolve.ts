import { BryoError } from '../../base/errors.ts';
import { containsIp, formatIp, lastIp, parseCidr, parseIp } from '../../base/ip-network.ts';
import type { AttachmentRequest } from '../../request/attachment.ts';
import {
  type EgressRule,
  egressOption,
  meetPolicies,
  readEgressRule,
} from '../../request/egress.ts';
import type {
  AddressWithPrefix,
  AttachedNetwork,
  Attachment,
  Isolation,
  NetworkLink,
  NetworkSubnet,
} from '../attachment.ts';
import { newPolicy } from '../egress.ts';
import type { ConfiguredSubnet, Network } from './network.ts';

function refuse(message: string, hint?: string): never {
  throw new BryoError('bad-network', message, hint === undefined ? {} : { hint });
}

function numberOption({ options, name }: Network, key: string): number | null {
  const text = options[key] ?? '';
  if (text === '') return null;
  if (!/^\d{1,10}$/.test(text)) refuse(`network ${name}: option ${key} is no number: ${text}`);
  return Number(text);
}

/** A range of which one end is given ends where the subnet does. */
function resolveSubnet({ subnet, gateway, leaseRange }: ConfiguredSubnet): NetworkSubnet {
  const parsed = parseCidr(subnet);
  if (leaseRange === null || parsed === null) return { subnet, gateway, leaseRange: null };
  const { family, base } = parsed.network;
  return {
    subnet,
    gateway,
    leaseRange: {
      first: leaseRange.first ?? formatIp({ family, value: base + 1n }),
      last: leaseRange.last ?? formatIp(lastIp(parsed.network)),
    },
  };
}

function linkOf(network: Network): NetworkLink {
  const { driver, name, options, interfaceName } = network;
  if (driver !== 'bridge' && driver !== 'macvlan') {
    return refuse(`network ${name}: the driver ${driver} is not supported`, 'bridge or macvlan');
  }
  const isolate = options['isolate'] ?? 'false';
  const mode = options['mode'] ?? null;
  return {
    driver,
    bridge: driver === 'bridge' ? interfaceName : '',
    parent: driver === 'macvlan' ? interfaceName : '',
    mode: mode === 'managed' ? null : mode,
    mtu: numberOption(network, 'mtu') ?? 0,
    vlan: numberOption(network, 'vlan') || null,
    isolate:
      (['true', 'strict'] as const).find((word) => word === isolate) ??
      ('false' satisfies Isolation),
  };
}

function ipamOf({ name, ipamOptions }: Network): AttachedNetwork['ipam'] {
  const driver = ipamOptions['driver'] ?? 'host-local';
  if (driver === 'host-local' || driver === 'none' || driver === 'dhcp') return driver;
  return refuse(`network ${name}: the IPAM driver ${driver} is not supported`);
}

/** Policies are in the options, where other programs pass over them. */
function egressOf({ options }: Network): EgressRule[] | null {
  const words = options[egressOption];
  return words === undefined ? null : words.split(',').filter(Boolean).map(readEgressRule);
}

/** Only bridges have a firewall of bryo's, and gateways that answer for names. */
export function checkPolicy(
  { name, link, ipam, subnets }: AttachedNetwork,
  rules: readonly EgressRule[],
): void {
  const why = (): string | null => {
    if (link.driver !== 'bridge')
      return `its driver is ${link.driver}, whose traffic bryo does not see`;
    if (link.mode === 'unmanaged') return 'its bridge is not managed';
    if (ipam !== 'host-local') return `it gives no addresses (its IPAM driver is ${ipam})`;
    const named = rules.some((rule) => rule.name !== null);
    return named && subnets.every(({ gateway }) => gateway === null)
      ? 'it has no gateway to answer names'
      : null;
  };
  const reason = why();
  if (reason !== null) refuse(`--egress: network ${name} cannot hold it: ${reason}`);
}

/** A network as containers that join it need it. Throws BryoError `bad-network` for what bryo cannot connect to. */
export function resolveNetwork(network: Network): AttachedNetwork {
  return {
    id: network.id,
    name: network.name,
    link: linkOf(network),
    subnets: network.subnets.map(resolveSubnet),
    routing: {
      metric: numberOption(network, 'metric'),
      noDefaultRoute: network.options['no_default_route'] === 'true',
      routes: network.routes,
    },
    internal: network.internal,
    dns: network.dns,
    dnsServers: network.dnsServers,
    ipam: ipamOf(network),
    egress: egressOf(network),
  };
}

/** The addresses that were asked for, with their subnets' prefixes. Throws BryoError with podman's words. */
function staticAddresses(
  network: AttachedNetwork,
  { addresses }: AttachmentRequest,
): AddressWithPrefix[] {
  const subnets = network.subnets.flatMap(({ subnet, gateway }) => {
    const parsed = parseCidr(subnet);
    return parsed === null ? [] : [{ ...parsed.network, gateway }];
  });
  if (addresses.length > 0 && network.ipam !== 'host-local') {
    refuse(`network ${network.name} gives no addresses (its IPAM driver is ${network.ipam})`);
  }
  const taken = new Set<number>();
  return addresses.map((text) => {
    const address = parseIp(text);
    const subnet = address === null ? undefined : subnets.find((one) => containsIp(one, address));
    if (address === null || subnet === undefined) {
      // podman finds it out at the start, with that exit status.
      throw new BryoError(
        'no-address',
        `requested static ip ${text} not in any subnet on network ${network.name}`,
      );
    }
    if (text === subnet.gateway) {
      return refuse(`requested static ip ${text} is the gateway of network ${network.name}`);
    }
    const isHost = subnet.prefix >= (address.family === 4 ? 31 : 127);
    const isEdge = address.value === subnet.base || address.value === lastIp(subnet).value;
    if (!isHost && (address.family === 4 ? isEdge : address.value === subnet.base)) {
      return refuse(
        `requested static ip ${text} is no address of a host on network ${network.name}`,
      );
    }
    const at = subnets.indexOf(subnet);
    if (taken.has(at)) refuse(`more than one static ip in a subnet of network ${network.name}`);
    taken.add(at);
    return { address: text, prefix: subnet.prefix };
  });
}

/** A queue on both ends of a pair holds a rate, of which a macvlan has one. */
function rateOf({ name, link }: AttachedNetwork, { rate }: AttachmentRequest): number {
  if (rate === undefined || link.driver === 'bridge') return rate ?? 0;
  return refuse(`network ${name}: rate= cannot be held with the driver ${link.driver}`);
}

/** A container's names in the name service: lower case, for DNS knows no other. */
export interface ContainerNames {
  name: string;
  shortId: string;
  /** Null: none was asked for. */
  hostname: string | null;
}

/**
 * One network of a container, resolved. Throws BryoError `bad-network`, in podman's words where it has some.
 * `index`: of the interface, where the request names none; `egress`: what the container may reach at most.
 */
export function resolveAttachment(
  network: Network,
  request: AttachmentRequest,
  {
    names,
    index,
    egress,
  }: { names: ContainerNames; index: number; egress: readonly EgressRule[] | null },
): Attachment {
  const attached = resolveNetwork(network);
  const rules = meetPolicies(egress, attached.egress);
  if (rules !== null) checkPolicy(attached, rules);
  const { name, shortId, hostname } = names;
  const all = [name, ...request.aliases, shortId, ...(hostname === null ? [] : [hostname])];
  return {
    network: attached,
    interfaceName: request.interfaceName ?? `eth${index}`,
    hostInterfaceName: request.hostInterfaceName,
    addresses: staticAddresses(attached, request),
    mac: request.mac,
    policy: newPolicy(rules),
    rate: rateOf(attached, request),
    names: [...new Set(all.map((one) => one.toLowerCase()))],
  };
}
