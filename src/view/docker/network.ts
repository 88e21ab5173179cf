import type { NetworkView } from '../../engine/networks/inspect.ts';
import type { Network } from '../../network/config/network.ts';
import { isGivenBridgeName } from '../../network/config/networks.ts';
import type { InterfaceStatus } from '../../network/status.ts';
import { dockerNetworkName, labelText } from './names.ts';

/** A row of `docker network ls`, whose fields are all text. */
export function dockerNetworkRow(
  network: Network,
  { whole, defaultName }: { whole: boolean; defaultName: string },
): Record<string, unknown> {
  return {
    CreatedAt: network.created,
    Driver: network.driver,
    ID: whole ? network.id : network.id.slice(0, 12),
    IPv6: String(network.ipv6),
    Internal: String(network.internal),
    Labels: labelText(network.labels),
    Name: dockerNetworkName(network.name, defaultName),
    Scope: 'local',
  };
}

function withPrefix(one: InterfaceStatus, family: 4 | 6): string {
  const found = one.addresses.find(({ address }) => address.includes(':') === (family === 6));
  return found === undefined ? '' : `${found.address}/${found.prefix}`;
}

/**
 * docker's names of options that podman has under others. The name of a bridge is there for the default network and where
 * it was asked for: compose compares options with what it asked for, and makes a network anew that has others.
 */
function dockerOptions(network: Network, defaultName: string): Record<string, string> {
  const { options, interfaceName, driver, name } = network;
  const { mtu, ...rest } = options;
  const tells = driver === 'bridge' && (name === defaultName || !isGivenBridgeName(interfaceName));
  return {
    ...rest,
    ...(mtu !== undefined && { 'com.docker.network.driver.mtu': mtu }),
    ...(tells && { 'com.docker.network.bridge.name': interfaceName }),
  };
}

/** A network as `docker network inspect` shows it. */
export function dockerNetwork(
  { network, containers }: NetworkView,
  defaultName: string,
): Record<string, unknown> {
  const ipam = network.ipamOptions['driver'] ?? 'host-local';
  return {
    Name: dockerNetworkName(network.name, defaultName),
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.subnets.some(({ subnet }) => !subnet.includes(':')),
    EnableIPv6: network.ipv6,
    IPAM: {
      Driver: ipam === 'host-local' ? 'default' : ipam,
      Options: {},
      Config: network.subnets.map(({ subnet, gateway }) => ({
        Subnet: subnet,
        ...(gateway !== null && { Gateway: gateway }),
      })),
    },
    Internal: network.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      containers.flatMap(({ id, name, interfaces: [first] }) => {
        if (first === undefined) return [];
        const shown = {
          Name: name,
          EndpointID: id,
          MacAddress: first.mac,
          IPv4Address: withPrefix(first, 4),
          IPv6Address: withPrefix(first, 6),
        };
        return [[id, shown]];
      }),
    ),
    Options: dockerOptions(network, defaultName),
    Labels: network.labels,
  };
}
