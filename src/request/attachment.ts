import { BryoError } from '../base/errors.ts';
import { formatIp, parseIp } from '../base/ip-network.ts';

/** A network that a container joins, and as what. */
export interface AttachmentRequest {
  /** Name or id; in a record the name. Null: the default network. */
  network: string | null;
  /** Addresses of IPv4 and IPv6 that it asks for. */
  addresses: string[];
  /** Lower case with colons; null: any. */
  mac: string | null;
  /** Further names in the network's name service. */
  aliases: string[];
  /** Null: the next ethN. */
  interfaceName: string | null;
  /** The other end's; null: any. */
  hostInterfaceName: string | null;
  /** Bits per second that it sends and gets at most, each; absent: as many as there are. */
  rate?: number;
}

/** An attachment that asks for nothing but the network. */
export function plainAttachment(network: string | null): AttachmentRequest {
  return {
    network,
    addresses: [],
    mac: null,
    aliases: [],
    interfaceName: null,
    hostInterfaceName: null,
  };
}

function bad(message: string): BryoError {
  return new BryoError('bad-network', message);
}

/** The text of an address in its shortest form. Throws BryoError `bad-network` with `message`. */
export function readAddress(text: string, message: string): string {
  const address = parseIp(text);
  if (address === null) throw bad(message);
  return formatIp(address);
}

/** A hardware address of six bytes, with colons, dashes or dots (Go's net.ParseMAC). Throws `bad-network`. */
export function readMac(text: string): string {
  const forms = [/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, /^([0-9a-f]{2}-){5}[0-9a-f]{2}$/i];
  const dotted = /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i;
  if (![...forms, dotted].some((form) => form.test(text))) {
    throw bad(`address ${text}: invalid MAC address`);
  }
  const bytes = text.toLowerCase().replace(/[:.-]/g, '').match(/../g) ?? [];
  // The kernel refuses it for an interface: an address of a group, or none at all.
  if (Number.parseInt(bytes[0] ?? '', 16) % 2 === 1) {
    throw bad(`address ${text}: a multicast address is none of an interface`);
  }
  if (bytes.every((byte) => byte === '00')) throw bad(`address ${text}: invalid MAC address`);
  return bytes.join(':');
}

/** Another container, and the name by which it is to be known (docker's links). */
export interface ContainerLink {
  /** Name or id. */
  container: string;
  alias: string;
}

/** A name for the network's name service. Throws BryoError `bad-network`. */
export function readAlias(text: string): string {
  if (text === '') throw bad('alias cannot be empty');
  if (!/^[\w]([\w.-]*[\w])?$/.test(text) || text.length > 253) {
    throw bad(`network alias ${JSON.stringify(text)} is no name of a host`);
  }
  return text;
}

/** `CONTAINER[:ALIAS]`, as docker's clients name links. Throws BryoError `bad-network`. */
export function readLink(text: string): ContainerLink {
  const [, container, alias] = /^\/?([^:/]+)(?::(?:.*\/)?([^:/]+))?$/.exec(text) ?? [];
  if (container === undefined)
    throw bad(`link ${JSON.stringify(text)}: CONTAINER[:ALIAS] is needed`);
  return { container, alias: readAlias(alias ?? container) };
}

function readInterfaceName(option: string, text: string): string {
  if (text === '') throw bad(`${option} cannot be empty`);
  // dev_valid_name() of the kernel.
  if (text.length > 15 || /[\s/:\0]/.test(text) || ['.', '..', 'lo'].includes(text)) {
    throw bad(`${option} ${JSON.stringify(text)} is no name of an interface`);
  }
  return text;
}

/** Bits of the units of tc(8), "PARAMETERS". */
const rateUnits: Readonly<Record<string, number>> = { bit: 1, bps: 8 };
const ratePrefixes: Readonly<Record<string, number>> = {
  ...{ '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 },
  ...{ ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40 },
};
/** The least holds a connection; the largest is more than a pair of interfaces carries. */
const rateBounds = { least: 8000, most: 1e12 };

/** Reads a rate as tc(8) does: `10mbit`, `1.5gibit`, `500kbps` (bytes), or bits per second. Throws `bad-network`. */
export function readRate(text: string): number {
  const [, number = '', prefix = '', unit = 'bit'] =
    /^(\d{1,15}(?:\.\d{1,6})?)(?:([kmgt]i?|)(bit|bps))?$/.exec(text.toLowerCase()) ?? [];
  const rate = Math.round(Number(number) * (ratePrefixes[prefix] ?? 1) * (rateUnits[unit] ?? 1));
  if (number === '') throw bad(`rate ${JSON.stringify(text)}: such as 10mbit, 2.5gbit or 500kbps`);
  const { least, most } = rateBounds;
  if (rate < least || rate > most) throw bad(`rate ${text} must be between 8kbit and 1tbit`);
  return rate;
}

/** Options of a network about the interfaces, which the APIs have in a map of their own. */
export const linkOptions: readonly string[] = ['interface_name', 'host_interface_name', 'rate'];

/** Adds an option of `--network NAME:…` to a request. Throws BryoError `bad-network`. */
export function addOption(request: AttachmentRequest, name: string, value: string): void {
  switch (name) {
    case 'ip':
    case 'ip6':
      request.addresses.push(readAddress(value, `invalid ip address ${JSON.stringify(value)}`));
      return;
    case 'mac':
      request.mac = readMac(value);
      return;
    case 'alias':
      request.aliases.push(readAlias(value));
      return;
    case 'interface_name':
      request.interfaceName = readInterfaceName(name, value);
      return;
    case 'host_interface_name':
      request.hostInterfaceName = readInterfaceName(name, value);
      return;
    case 'rate':
      request.rate = readRate(value);
      return;
    default:
      throw bad(`unknown option ${JSON.stringify(value === '' ? name : `${name}=${value}`)}`);
  }
}

/** Reads `NETWORK:OPTION,…` of `--network`; null: the default network. Throws BryoError `bad-network`. */
export function readAttachment(network: string | null, words: string): AttachmentRequest {
  if (network === '') throw bad('network name cannot be empty: invalid argument');
  const request = plainAttachment(network);
  try {
    for (const option of words === '' ? [] : words.split(',')) {
      const [name = '', value = ''] = option.split(/=(.*)/s);
      addOption(request, name, value);
    }
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw network === null ? error : bad(`invalid option for network ${network}: ${error.message}`);
  }
  return request;
}

/** Flags about the one network of a container: `--ip`, `--ip6`, `--mac-address`, `--network-alias`. */
export interface AddressFlags {
  /** By the flag's name. */
  addresses: { flag: 'ip' | 'ip6'; text: string }[];
  mac: string | null;
  aliases: readonly string[];
}

/**
 * The networks with what the flags say of them. Throws BryoError `bad-network` where they cannot count, in podman's
 * words.
 */
export function withAddressFlags(
  networks: readonly AttachmentRequest[],
  { addresses, mac, aliases }: AddressFlags,
): AttachmentRequest[] {
  const single = (flag: string): void => {
    if (networks.length === 1) return;
    throw bad(`--${flag} can only be set for a single network: invalid argument`);
  };
  for (const { flag } of addresses) single(flag);
  if (mac !== null) single('mac-address');
  const texts = addresses.map(({ text }) =>
    readAddress(text, `${JSON.stringify(text)} is not an ip address`),
  );
  const address = mac === null ? null : readMac(mac);
  return networks.map((network) => ({
    ...network,
    addresses: [...network.addresses, ...texts],
    mac: address ?? network.mac,
    // As with podman they stand in the place of those of --network.
    aliases: aliases.length > 0 ? aliases.map(readAlias) : network.aliases,
  }));
}

/** The names of the flags that ask for something only bridges have, in podman's order. */
export function askedFlags({ addresses, mac, aliases }: AddressFlags): string[] {
  return [
    ...addresses.map(({ flag }) => flag),
    ...(mac === null ? [] : ['mac-address']),
    ...(aliases.length > 0 ? ['network-alias'] : []),
  ];
}
