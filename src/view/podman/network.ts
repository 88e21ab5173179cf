import type { NetworkView } from '../../engine/networks/inspect.ts';
import { networkObject } from '../../network/config/file-format.ts';
import type { Network } from '../../network/config/network.ts';
import type { InterfaceStatus } from '../../network/status.ts';
import { GoTime } from '../../template/go-time.ts';

/** Names that templates have for fields, which JSON does not show. */
function withNames<T extends object>(value: T, names: Record<string, unknown>): T {
  for (const [name, field] of Object.entries(names)) {
    Object.defineProperty(value, name, { value: field, enumerable: false, configurable: true });
  }
  return value;
}

function subnetView(subnet: NonNullable<ReturnType<typeof networkObject>['subnets']>[number]) {
  const range = subnet.lease_range;
  return withNames(subnet, {
    Subnet: subnet.subnet,
    Gateway: subnet.gateway ?? '',
    LeaseRange:
      range === undefined
        ? null
        : withNames(range, { StartIP: range.start_ip ?? '', EndIP: range.end_ip ?? '' }),
  });
}

/** A network with podman's names for JSON, and beside them those for templates. */
export function networkView(network: Network): Record<string, unknown> {
  const object = networkObject(network);
  const routes = (object.routes ?? []).map((route) =>
    withNames(route, {
      Destination: route.destination,
      Gateway: route.gateway,
      Metric: route.metric ?? null,
    }),
  );
  return withNames(object, {
    Name: network.name,
    ID: network.id,
    Id: network.id,
    Driver: network.driver,
    NetworkInterface: network.interfaceName,
    Created: GoTime.parse(network.created) ?? network.created,
    Subnets: (object.subnets ?? []).map(subnetView),
    Routes: routes,
    IPv6Enabled: network.ipv6,
    Internal: network.internal,
    DNSEnabled: network.dns,
    NetworkDNSServers: network.dnsServers,
    Labels: network.labels,
    Options: network.options,
    IPAMOptions: network.ipamOptions,
  });
}

function shownId({ id }: Network, whole: boolean): string {
  return whole ? id : id.slice(0, 12);
}

/** The columns of `network ls`: of tens of thousands of networks, views would take most of the time. */
export function networkColumns(network: Network, whole: boolean): Record<string, string> {
  return { ID: shownId(network, whole), Name: network.name, Driver: network.driver };
}

/** A row of `network ls` for templates. */
export function networkRow(network: Network, whole: boolean): Record<string, unknown> {
  const id = shownId(network, whole);
  const labels = Object.entries(network.labels).map(([key, value]) => `${key}=${value}`);
  const changed = { ID: id, Labels: labels.join(',') };
  const named = Object.getOwnPropertyDescriptors(networkView(network));
  return withNames(Object.defineProperties({}, { ...named }), changed);
}

/** An interface of a container with podman's names. */
function interfaceView({ mac, addresses }: InterfaceStatus) {
  const subnets = addresses.map(({ address, prefix, gateway }) => {
    const ipnet = `${address}/${prefix}`;
    const subnet = { ipnet, ...(gateway !== null && { gateway }) };
    return withNames(subnet, { IPNet: ipnet, Gateway: gateway ?? '' });
  });
  return withNames({ subnets, mac_address: mac }, { Subnets: subnets, MacAddress: mac });
}

/** A network as `podman network inspect` shows it. */
export function inspectedNetwork({ network, containers }: NetworkView): Record<string, unknown> {
  const view = networkView(network);
  const shown = Object.fromEntries(
    containers.map(({ id, name, interfaces }) => {
      const byName = Object.fromEntries(
        interfaces.map((one) => [one.interfaceName, interfaceView(one)]),
      );
      const container = { name, interfaces: byName };
      return [id, withNames(container, { Name: name, Interfaces: byName })];
    }),
  );
  view['containers'] = shown;
  return withNames(view, { Containers: shown });
}
