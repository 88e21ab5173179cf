import type { NetworkRoute } from '../attachment.ts';

/** First and last address that is leased; null: that of the subnet. */
export interface LeaseRange {
  first: string | null;
  last: string | null;
}

/** A subnet as a network's file has it. */
export interface ConfiguredSubnet {
  /** In CIDR notation, without bits of hosts. */
  subnet: string;
  gateway: string | null;
  leaseRange: LeaseRange | null;
}

/** A network's name, and who says what of it. */
export interface NetworkIdentity {
  name: string;
  /** 64 hexadecimal digits. */
  id: string;
  /** RFC 3339. */
  created: string;
  labels: Record<string, string>;
}

/** A network's addresses. */
export interface NetworkAddressing {
  subnets: ConfiguredSubnet[];
  routes: NetworkRoute[];
  ipv6: boolean;
  internal: boolean;
  dns: boolean;
  /** Servers for names that are not of the network; empty: the host's. */
  dnsServers: string[];
  /** `driver` is host-local, dhcp or none. */
  ipamOptions: Record<string, string>;
}

/** A network of the configuration directory, as podman 5 keeps it for netavark. */
export interface Network extends NetworkIdentity, NetworkAddressing {
  /** bridge, macvlan, or what another program has written that bryo cannot connect to. */
  driver: string;
  /** Of the bridge, or the parent of a macvlan; empty: none. */
  interfaceName: string;
  /** `--opt`, checked. */
  options: Record<string, string>;
}

/** podman's: what a name of a network or a bridge looks like. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Whether a text can be a network's name; a path cannot. */
export function isNetworkName(text: string): boolean {
  return namePattern.test(text) && text.length <= 250;
}

/** The words that podman has for a name that cannot be one. */
export const nameRule = 'names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument';

/** Longest name of an interface (IFNAMSIZ of netdevice(7), without its zero). */
export const longestInterfaceName = 15;

/** Whether the kernel takes a text as the name of an interface, and nobody mistakes it for something else. */
export function isInterfaceName(text: string): boolean {
  return namePattern.test(text) && text.length <= longestInterfaceName;
}

/** Whether a text is a network's id, and so a safe name of a directory. */
export function isNetworkId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
