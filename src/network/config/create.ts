import { BryoError } from '../../base/errors.ts';
import { formatCidr, type IpNetwork, parseCidr, parseIp } from '../../base/ip-network.ts';
import { randomHex } from '../../base/random.ts';
import type { NetworkRoute } from '../attachment.ts';
import type { HostNetworks } from './host.ts';
import { type ConfiguredSubnet, isNetworkName, type Network, nameRule } from './network.ts';
import { bridgePrefix } from './networks.ts';
import { checkInterfaceName, checkNetworkOptions, mapDockerOptions } from './options.ts';
import {
  completeSubnets,
  freeSubnet,
  randomSubnet6,
  type SubnetPool,
  UsedSubnets,
} from './subnets.ts';

/** The addresses that a new network is asked to have. */
export interface AskedAddressing {
  subnets: ConfiguredSubnet[];
  routes: NetworkRoute[];
  ipv6: boolean;
  internal: boolean;
  dns: boolean;
  dnsServers: string[];
  /** host-local, dhcp or none; null: as fits the driver. */
  ipamDriver: string | null;
}

/** A network that is to be made. */
export interface NetworkCreation extends AskedAddressing {
  /** Null: a free one. */
  name: string | null;
  driver: string;
  /** Null: a free one; with macvlan the parent. */
  interfaceName: string | null;
  labels: Record<string, string>;
  options: Record<string, string>;
}

/** The networks and interfaces that a new network must get along with. */
export interface NetworkSurroundings {
  networks: readonly Network[];
  host: HostNetworks;
  pools: readonly SubnetPool[];
}

/** Throws BryoError `bad-network` with podman's words. */
function refuse(message: string): never {
  throw new BryoError('bad-network', message);
}

/** Words of `--network` that mean something else (podman). */
const modeWords = [
  ...['none', 'host', 'bridge', 'private', 'slirp4netns', 'pasta'],
  ...['container', 'ns', 'default'],
];

/** Throws BryoError `bad-network` for a name that no network can have. */
export function checkNewName(name: string): void {
  if (modeWords.includes(name)) {
    refuse(
      `cannot create network with name ${JSON.stringify(name)} because it conflicts with a valid network mode`,
    );
  }
  if (!isNetworkName(name)) refuse(`network name ${name} invalid: ${nameRule}`);
}

/** A name for a network and its bridge that neither a network nor an interface of the host has. */
function freeDeviceName({ networks, host }: NetworkSurroundings): string {
  const taken = new Set([
    ...networks.flatMap(({ name, interfaceName }) => [name, interfaceName]),
    ...host.interfaces,
  ]);
  // The default network has 0.
  for (let number = 1; ; number += 1) {
    const name = `${bridgePrefix}${number}`;
    if (!taken.has(name)) return name;
  }
}

function networksOf(subnets: readonly ConfiguredSubnet[]): IpNetwork[] {
  return subnets.flatMap(({ subnet }) => {
    const parsed = parseCidr(subnet);
    return parsed === null ? [] : [parsed.network];
  });
}

/** Surroundings with the subnets that are in use there, which are read once: there can be thousands. */
interface KnownSurroundings extends NetworkSurroundings {
  used: readonly IpNetwork[];
}

function withUsed(surroundings: NetworkSurroundings): KnownSurroundings {
  const { networks, host } = surroundings;
  const used = networks.flatMap(({ subnets }) => networksOf(subnets));
  return { ...surroundings, used: [...used, ...host.subnets] };
}

function newSubnet(network: IpNetwork): ConfiguredSubnet {
  return { subnet: formatCidr(network), gateway: null, leaseRange: null };
}

/** A subnet that no route of the host leads to; where all of them are taken so, one that no interface has. */
function freeSubnet4(surroundings: KnownSurroundings, own: readonly IpNetwork[]): IpNetwork {
  const { pools, host } = surroundings;
  const used = [...surroundings.used, ...own];
  try {
    return freeSubnet(pools, new UsedSubnets([...used, ...host.routes]), refuse);
  } catch {
    return freeSubnet(pools, new UsedSubnets(used), refuse);
  }
}

/** The subnets that were asked for, and those that are missing. */
function chooseSubnets(
  { subnets, ipv6 }: AskedAddressing,
  surroundings: KnownSurroundings,
): ConfiguredSubnet[] {
  const chosen = [...subnets];
  const own = networksOf(subnets);
  const has = (family: number) => own.some((network) => network.family === family);
  if (chosen.length === 0 || (ipv6 && !has(4))) {
    chosen.push(newSubnet(freeSubnet4(surroundings, own)));
  }
  if (ipv6 && !has(6)) {
    chosen.push(newSubnet(randomSubnet6(new UsedSubnets([...surroundings.used, ...own]))));
  }
  return chosen;
}

function checkIpam({ ipamDriver, subnets }: AskedAddressing): void {
  if (ipamDriver === 'none' && subnets.length > 0) {
    refuse('none ipam driver is set but subnets are given');
  }
  if (!['host-local', 'dhcp', 'none', null].includes(ipamDriver)) {
    refuse(`unsupported ipam driver ${JSON.stringify(ipamDriver)}`);
  }
}

type Driven = Pick<Network, 'interfaceName' | 'options'> &
  Pick<AskedAddressing, 'dns' | 'subnets'> & { ipamDriver: string };

/** Bridges of the same name are one bridge, which only networks with VLANs can share. */
function checkBridgeName(name: string, vlan: string, { networks }: NetworkSurroundings): void {
  const other = networks.find(
    ({ driver, interfaceName }) => driver === 'bridge' && interfaceName === name,
  );
  if (other !== undefined && (vlan === '' || vlan === '0')) {
    refuse(`bridge name ${name} already in use`);
  }
  checkInterfaceName('bridge name', name, nameRule, refuse);
}

function driveBridge(
  creation: NetworkCreation,
  surroundings: KnownSurroundings,
  name: string,
): Driven {
  const mapped = mapDockerOptions(creation.options);
  const options = checkNetworkOptions('bridge', mapped.options, refuse);
  const asked = mapped.interfaceName ?? creation.interfaceName;
  if (asked !== null) checkBridgeName(asked, options['vlan'] ?? '', surroundings);
  if (creation.ipamDriver === 'dhcp') {
    refuse('ipam driver dhcp is not supported with the bridge driver');
  }
  const interfaceName = asked ?? (creation.name === null ? name : freeDeviceName(surroundings));
  const ipamDriver = creation.ipamDriver ?? 'host-local';
  return {
    interfaceName,
    options,
    ipamDriver,
    dns: creation.dns && ipamDriver !== 'none',
    subnets: ipamDriver === 'none' ? [] : chooseSubnets(creation, surroundings),
  };
}

/** The parent is an interface of the host, or a bridge of the user's. */
function checkParent(name: string, { networks, host }: NetworkSurroundings): void {
  const bridges = networks.filter(({ driver }) => driver === 'bridge');
  const known = [...host.interfaces, ...bridges.map(({ interfaceName }) => interfaceName)];
  if (!known.includes(name)) refuse(`parent interface ${name} does not exist`);
}

function driveMacvlan(creation: NetworkCreation, surroundings: NetworkSurroundings): Driven {
  const { parent, ...rest } = creation.options;
  const interfaceName = parent ?? creation.interfaceName ?? '';
  if (interfaceName !== '') checkParent(interfaceName, surroundings);
  const { subnets, ipamDriver } = creation;
  if (ipamDriver === 'host-local' && subnets.length === 0) {
    refuse(
      'macvlan driver needs at least one subnet specified when the host-local ipam driver is set',
    );
  }
  if (ipamDriver === 'dhcp' && subnets.length > 0) {
    refuse('ipam driver dhcp set but subnets are set');
  }
  return {
    interfaceName,
    options: checkNetworkOptions('macvlan', rest, refuse),
    ipamDriver: ipamDriver ?? (subnets.length === 0 ? 'dhcp' : 'host-local'),
    // The gateway is none of bryo's: nothing answers there.
    dns: false,
    subnets,
  };
}

function drive(creation: NetworkCreation, surroundings: KnownSurroundings, name: string): Driven {
  switch (creation.driver) {
    case 'bridge':
      return driveBridge(creation, surroundings, name);
    case 'macvlan':
      return driveMacvlan(creation, surroundings);
    case 'ipvlan':
      return refuse('the driver ipvlan is not supported: macvlan connects to the same network');
    default:
      return refuse(`failed to find driver or plugin ${JSON.stringify(creation.driver)}`);
  }
}

function checkDns(servers: readonly string[], dns: boolean): void {
  if (servers.length > 0 && !dns) {
    refuse('cannot set NetworkDNSServers if DNS is not enabled for the network: invalid argument');
  }
  const wrong = servers.find((server) => parseIp(server) === null);
  if (wrong !== undefined) {
    refuse(`unable to parse ip ${wrong} specified in NetworkDNSServers: invalid argument`);
  }
}

function checkRoutes(routes: readonly NetworkRoute[]): void {
  const isNetwork = ({ destination }: NetworkRoute): boolean => {
    const parsed = parseCidr(destination);
    return parsed !== null && formatCidr(parsed.network) === destination;
  };
  if (!routes.every(isNetwork)) refuse('route destination invalid');
}

/**
 * The network that a request makes among others: nothing is written. Throws BryoError `network-exists`, and
 * `bad-network` with podman's words.
 */
export function planNewNetwork(
  creation: NetworkCreation,
  surroundings: NetworkSurroundings,
): Network {
  const { networks } = surroundings;
  if (creation.name !== null) checkNewName(creation.name);
  if (networks.some(({ name }) => name === creation.name)) {
    throw new BryoError(
      'network-exists',
      `network name ${creation.name} already used: network already exists`,
    );
  }
  const name = creation.name ?? freeDeviceName(surroundings);
  checkIpam(creation);
  const known = withUsed(surroundings);
  const driven = drive(creation, known, name);
  checkDns(creation.dnsServers, driven.dns);
  const isBridge = creation.driver === 'bridge';
  const subnets = completeSubnets(
    driven.subnets,
    {
      withGateway: !creation.internal || driven.dns,
      used: isBridge ? known.used : [],
    },
    refuse,
  );
  checkRoutes(creation.routes);
  return {
    name,
    id: randomHex(32),
    driver: creation.driver,
    interfaceName: driven.interfaceName,
    created: new Date().toISOString(),
    subnets,
    routes: creation.routes,
    ipv6: creation.ipv6 || subnets.some(({ subnet }) => subnet.includes(':')),
    internal: creation.internal,
    dns: driven.dns,
    dnsServers: creation.dnsServers,
    labels: creation.labels,
    options: driven.options,
    ipamOptions: { driver: driven.ipamDriver },
  };
}
