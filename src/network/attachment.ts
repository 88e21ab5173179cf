import type { EgressRule } from '../request/egress.ts';
import type { EgressPolicy } from './egress.ts';

/** An address with the number of bits of its network's part. */
export interface AddressWithPrefix {
  /** Text of IPv4, or of IPv6 in its shortest form (RFC 5952). */
  address: string;
  prefix: number;
}

/** A route of a network beside that to its gateway. */
export interface NetworkRoute {
  /** In CIDR notation, without bits of hosts. */
  destination: string;
  gateway: string;
  /** Null: the network's, else the kernel's. */
  metric: number | null;
}

/** A subnet of a network. */
export interface NetworkSubnet {
  /** In CIDR notation, without bits of hosts. */
  subnet: string;
  /** The bridge's address in it, which containers have as their gateway; null: there is none. */
  gateway: string | null;
  /** First and last address that is leased; null: all but the network's own, the gateway's and the last one. */
  leaseRange: { first: string; last: string } | null;
}

/** The bridges that containers of one reach: all, those that do not isolate, or their own only. */
export type Isolation = 'false' | 'true' | 'strict';

/** The routes that a network gives to containers (podman-network-create(1), `--opt` and `--route`). */
export interface NetworkRouting {
  /** Metric of the default route; null: 100. */
  metric: number | null;
  /** Containers get no default route by this network. */
  noDefaultRoute: boolean;
  routes: NetworkRoute[];
}

/** How a network's containers are linked. */
export interface NetworkLink {
  driver: 'bridge' | 'macvlan';
  /** Interface of the bridge; with macvlan empty. */
  bridge: string;
  /** Interface on which the containers' are made with macvlan; empty: that of the default route. */
  parent: string;
  /** Mode of a macvlan; null: `bridge`. Of a bridge: `managed` (null) or `unmanaged`, whose bridge is somebody else's. */
  mode: string | null;
  /** Bytes; 0: the uplink's, as netavark has it. */
  mtu: number;
  /** VLAN id of the containers' ports; null: none. */
  vlan: number | null;
  isolate: Isolation;
}

/** A network as a container that joins it needs it: part of its file (`config/`), resolved. */
export interface AttachedNetwork {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  link: NetworkLink;
  subnets: NetworkSubnet[];
  routing: NetworkRouting;
  /** Without a way outside: no default route, nothing forwarded, no outside names. */
  internal: boolean;
  /** Whether the responder answers on the gateways. */
  dns: boolean;
  /** The network's own servers for names outside; empty: the host's. */
  dnsServers: string[];
  /** Whether addresses are leased (`host-local`) or the container has none (`none`). */
  ipam: 'host-local' | 'none' | 'dhcp';
  /** Destinations outside that its containers may reach; null: all. */
  egress: readonly EgressRule[] | null;
}

/** One network of a container, resolved for a start or for `network connect`. */
export interface Attachment {
  network: AttachedNetwork;
  /** In the container: eth0 and so on, or as was asked for. */
  interfaceName: string;
  /** The other end's, in the bridges' namespace; null: any. */
  hostInterfaceName: string | null;
  /** Asked for, checked to be inside the subnets; those that are missing are leased. */
  addresses: AddressWithPrefix[];
  /** Lower case with colons; null: derived from the IPv4 address. */
  mac: string | null;
  /** Destinations outside that it may reach; null: all. */
  policy: EgressPolicy | null;
  /** Bits per second that it sends and gets at most, each; 0: as many as there are. */
  rate: number;
  /** In the network's name service, lower case, the container's name first: then aliases, short id, hostname. */
  names: string[];
}

/** Gateways with the prefixes of their subnets, as the bridge has them. */
export function gatewaysOf({ subnets }: AttachedNetwork): AddressWithPrefix[] {
  return subnets.flatMap(({ subnet, gateway }) =>
    gateway === null ? [] : [{ address: gateway, prefix: Number(subnet.split('/')[1]) }],
  );
}
