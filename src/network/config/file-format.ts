import { parseCidr, parseIp } from '../../base/ip-network.ts';
import { isJsonObject } from '../../base/json-object.ts';
import type { NetworkRoute } from '../attachment.ts';
import { type ConfiguredSubnet, isNetworkId, isNetworkName, type Network } from './network.ts';
import { completeSubnets } from './subnets.ts';

/** By name, as podman writes maps. */
function entries(values: Record<string, string>): Record<string, string> | undefined {
  const all = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

function list<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function subnetObject({ subnet, gateway, leaseRange }: ConfiguredSubnet) {
  return {
    subnet,
    gateway: gateway ?? undefined,
    lease_range:
      leaseRange === null
        ? undefined
        : { start_ip: leaseRange.first ?? undefined, end_ip: leaseRange.last ?? undefined },
  };
}

/** A network as podman 5 shows it and keeps it: fields that say nothing are undefined, which JSON leaves out. */
export function networkObject(network: Network) {
  return {
    name: network.name,
    id: network.id,
    driver: network.driver,
    network_interface: network.interfaceName || undefined,
    created: network.created,
    subnets: list(network.subnets.map(subnetObject)),
    routes: list(
      network.routes.map(({ destination, gateway, metric }) => ({
        destination,
        gateway,
        metric: metric ?? undefined,
      })),
    ),
    ipv6_enabled: network.ipv6,
    internal: network.internal,
    dns_enabled: network.dns,
    network_dns_servers: list(network.dnsServers),
    labels: entries(network.labels),
    options: entries(network.options),
    ipam_options: entries(network.ipamOptions),
  };
}

/** The text of a network's file, laid out as podman lays it out. */
export function formatNetwork(network: Network): string {
  return `${JSON.stringify(networkObject(network), null, 5)}\n`;
}

/** A fault of a network's file, which is passed over then. */
export class BadNetworkFile extends Error {}

function fail(why: string): never {
  throw new BadNetworkFile(why);
}

function textOf(value: unknown, key: string, absent = ''): string {
  if (value === undefined || value === null) return absent;
  return typeof value === 'string' ? value : fail(`${key} is no text`);
}

function addressOf(value: unknown, key: string): string | null {
  const text = textOf(value, key);
  if (text === '') return null;
  return parseIp(text) === null ? fail(`${key} ${JSON.stringify(text)} is no address`) : text;
}

function flagOf(value: unknown): boolean {
  return value === true;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : fail(`${key} is no list`);
}

function mapOf(value: unknown, key: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) return fail(`${key} is no object`);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [name, textOf(text, `${key}.${name}`)]),
  );
}

function readSubnet(value: unknown): ConfiguredSubnet {
  if (!isJsonObject(value)) return fail('a subnet is no object');
  const range = value['lease_range'];
  return {
    subnet: textOf(value['subnet'], 'subnet'),
    gateway: addressOf(value['gateway'], 'gateway'),
    leaseRange: isJsonObject(range)
      ? {
          first: addressOf(range['start_ip'], 'start_ip'),
          last: addressOf(range['end_ip'], 'end_ip'),
        }
      : null,
  };
}

function readRoute(value: unknown): NetworkRoute {
  if (!isJsonObject(value)) return fail('a route is no object');
  const destination = textOf(value['destination'], 'destination');
  const gateway = addressOf(value['gateway'], 'gateway');
  const metric = value['metric'];
  if (parseCidr(destination) === null || gateway === null) return fail('a route is incomplete');
  return { destination, gateway, metric: typeof metric === 'number' ? metric : null };
}

/**
 * Reads the JSON of a network's file, whoever has written it. Throws BadNetworkFile with podman's words where
 * podman has some.
 */
export function readNetwork(text: string, fileName: string): Network {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('it is no JSON');
  }
  if (!isJsonObject(value)) return fail('it is no object');
  const name = textOf(value['name'], 'name');
  const id = textOf(value['id'], 'id');
  if (`${name}.json` !== fileName) fail(`its name ${JSON.stringify(name)} is not that of the file`);
  if (!isNetworkName(name)) fail(`invalid name ${JSON.stringify(name)}`);
  if (!isNetworkId(id)) fail(`invalid network ID ${JSON.stringify(id)}`);
  const internal = flagOf(value['internal']);
  const dns = flagOf(value['dns_enabled']);
  const subnets = listOf(value['subnets'], 'subnets').map(readSubnet);
  const completed = completeSubnets(subnets, { withGateway: !internal || dns, used: [] }, fail);
  return {
    name,
    id,
    driver: textOf(value['driver'], 'driver', 'bridge'),
    interfaceName: textOf(value['network_interface'], 'network_interface'),
    created: textOf(value['created'], 'created', '0001-01-01T00:00:00Z'),
    subnets: completed,
    routes: listOf(value['routes'], 'routes').map(readRoute),
    ipv6: flagOf(value['ipv6_enabled']) || completed.some(({ subnet }) => subnet.includes(':')),
    internal,
    dns,
    dnsServers: listOf(value['network_dns_servers'], 'network_dns_servers').map(
      (server) => addressOf(server, 'network_dns_servers') ?? fail('network_dns_servers'),
    ),
    labels: mapOf(value['labels'], 'labels'),
    options: mapOf(value['options'], 'options'),
    ipamOptions: mapOf(value['ipam_options'], 'ipam_options'),
  };
}
