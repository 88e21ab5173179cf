import { isIP } from './ip-address.ts';

export type IpFamily = 4 | 6;

/** An address of IPv4 or IPv6 as a number. */
export interface IpAddress {
  family: IpFamily;
  value: bigint;
}

/** A network without bits of hosts. */
export interface IpNetwork {
  family: IpFamily;
  base: bigint;
  prefix: number;
}

const widths = { 4: 32, 6: 128 } as const;

function v4Value(text: string): bigint {
  return BigInt(text.split('.').reduce((value, part) => value * 256 + Number(part), 0));
}

function v6Value(text: string): bigint {
  const groups = (part: string): bigint[] =>
    part
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => {
        if (!group.includes('.')) return [BigInt(`0x${group}`)];
        const embedded = v4Value(group);
        return [embedded >> 16n, embedded & 0xffffn];
      });
  const [head = '', tail] = text.split('::');
  const first = groups(head);
  const last = groups(tail ?? '');
  const zeros = Array<bigint>(8 - first.length - last.length).fill(0n);
  return [...first, ...zeros, ...last].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The address of a text; null: it is none. One of IPv4 that is mapped into IPv6 is of IPv4, as Go has it. */
export function parseIp(text: string): IpAddress | null {
  const family = isIP(text);
  if (family === 0) return null;
  if (family === 4) return { family, value: v4Value(text) };
  const value = v6Value(text);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family, value };
}

/** The first of the longest runs of zeros, of at least two (RFC 5952). */
function longestZeros(groups: readonly string[]): { at: number; length: number } | null {
  let best: { at: number; length: number } | null = null;
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0;
    while (groups[at + length] === '0') length += 1;
    if (length > (best?.length ?? 1)) best = { at, length };
    at += length;
  }
  return best;
}

/** The shortest text of an address (RFC 5952). */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) {
    // Numbers are quicker than big ones: thousands of addresses are read at once.
    const bits = Number(value);
    return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  }
  const shifts = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n];
  const groups = shifts.map((shift) => ((value >> shift) & 0xffffn).toString(16));
  const zeros = longestZeros(groups);
  if (zeros === null) return groups.join(':');
  const before = groups.slice(0, zeros.at).join(':');
  return `${before}::${groups.slice(zeros.at + zeros.length).join(':')}`;
}

function hostBits({ family, prefix }: Pick<IpNetwork, 'family' | 'prefix'>): bigint {
  return BigInt(widths[family] - prefix);
}

/** The network in which an address is. */
export function networkOf({ family, value }: IpAddress, prefix: number): IpNetwork {
  const bits = hostBits({ family, prefix });
  return { family, base: (value >> bits) << bits, prefix };
}

/** `ADDRESS/BITS`, where the address may have bits of a host; null: it is not that. */
export function parseCidr(text: string): { address: IpAddress; network: IpNetwork } | null {
  const [, word = '', bits = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseIp(word);
  // The bits of an address of IPv4 that is written as one of IPv6 would be those of the latter.
  if (address === null || (address.family === 4 && word.includes(':'))) return null;
  const prefix = Number(bits);
  if (prefix > widths[address.family]) return null;
  return { address, network: networkOf(address, prefix) };
}

export function formatCidr({ family, base, prefix }: IpNetwork): string {
  return `${formatIp({ family, value: base })}/${prefix}`;
}

export function containsIp(network: IpNetwork, address: IpAddress): boolean {
  return (
    network.family === address.family && networkOf(address, network.prefix).base === network.base
  );
}

/** Whether two networks have an address in common. */
export function overlap(a: IpNetwork, b: IpNetwork): boolean {
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  return containsIp(wide, { family: narrow.family, value: narrow.base });
}

/** The first address for a host; the only one where there is no other. */
export function firstIp(network: IpNetwork): IpAddress {
  const { family, base } = network;
  return { family, value: hostBits(network) === 0n ? base : base + 1n };
}

/** The last address, which IPv4 has for all hosts. */
export function lastIp(network: IpNetwork): IpAddress {
  const { family, base } = network;
  return { family, value: base + (1n << hostBits(network)) - 1n };
}

/** The network of the same size that follows; null: there is none. */
export function nextNetwork(network: IpNetwork): IpNetwork | null {
  const base = lastIp(network).value + 1n;
  return base >> BigInt(widths[network.family]) > 0n ? null : { ...network, base };
}
