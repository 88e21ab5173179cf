import { domainToASCII } from 'node:url';
import { BryoError } from '../base/errors.ts';
import {
  containsIp,
  formatCidr,
  type IpNetwork,
  networkOf,
  parseCidr,
  parseIp,
} from '../base/ip-network.ts';

/** The option of a network's file that has its egress policy: rules with commas between them. */
export const egressOption = 'bryo.egress';

/** A part of the outside that a container may reach. */
export interface EgressRule {
  /** Lower case: a name, `*.DOMAIN` for the names below one, or `*`. Null: whoever has the addresses. */
  name: string | null;
  /** Null: any addresses of the internet, which only rules with a name have. */
  within: IpNetwork | null;
  /** Null: any, and no port. */
  to: EgressPort | null;
}

export interface EgressPort {
  protocol: 'tcp' | 'udp';
  port: number;
}

const form =
  'none, or NAME, ADDRESS or NETWORK, each with :PORT or :PORT/udp where that is all it may reach';

function bad(word: string, why: string): BryoError {
  return new BryoError('bad-network', `invalid --egress ${JSON.stringify(word)}: ${why}`, {
    hint: form,
  });
}

function readNetwork(text: string): IpNetwork | null {
  const address = parseIp(text);
  if (address !== null) return networkOf(address, address.family === 4 ? 32 : 128);
  return parseCidr(text)?.network ?? null;
}

/** A name of the name service with at most one star, for its first label. */
function readName(word: string, text: string): string {
  const ascii = /^[\x21-\x7e]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  const labels = (name.startsWith('*.') ? name.slice(2) : name).split('.');
  if (name === '*') return name;
  if (
    name.length > 253 ||
    !labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  ) {
    throw bad(word, `${JSON.stringify(text)} is neither a name nor an address`);
  }
  // Whatever looks like an address and is none.
  if (/^[\d.]+$/.test(name)) throw bad(word, `${text} is no address`);
  return name;
}

/** `HOST` and `:PORT[/PROTOCOL]`; an address of IPv6 with a port is in brackets. */
function splitPort(word: string): { host: string; port: string | null; protocol: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(word);
  const plain = readNetwork(word) === null ? /^(.*?):(.*)$/s.exec(word) : null;
  const [, host = word, rest = null] = bracketed ?? plain ?? [];
  if (rest === null) return { host, port: null, protocol: 'tcp' };
  const [port = '', protocol = 'tcp'] = rest.split(/\/(.*)/s);
  return { host, port, protocol };
}

function readPort(word: string, port: string, protocol: string): EgressPort {
  if (protocol !== 'tcp' && protocol !== 'udp') {
    throw bad(word, `the protocol ${JSON.stringify(protocol)} is neither tcp nor udp`);
  }
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535) {
    throw bad(word, `${JSON.stringify(port)} is no port`);
  }
  return { protocol, port: number };
}

/** Reads one word of `--egress` but `none`. Throws BryoError `bad-network`. */
export function readEgressRule(word: string): EgressRule {
  if (word.includes('://')) throw bad(word, 'that is an address of the web, not a host');
  const { host, port, protocol } = splitPort(word);
  const to = port === null ? null : readPort(word, port, protocol);
  const network = readNetwork(host);
  if (network !== null) return { name: null, within: network, to };
  const [name = '', where] = host.split(/@(.*)/s);
  const within = where === undefined ? null : readNetwork(where);
  if (where !== undefined && within === null) {
    throw bad(word, `${JSON.stringify(where)} is no network`);
  }
  return { name: readName(word, name), within, to };
}

/** The rule of one address with all its ports. */
export function addressRule(address: string): EgressRule {
  return { name: null, within: readNetwork(address), to: null };
}

/** The words of a rule, as `inspect` shows it. */
export function formatEgressRule({ name, within, to }: EgressRule): string {
  const network = within === null ? '' : formatCidr(within);
  const host = name === null ? network : `${name}${network === '' ? '' : `@${network}`}`;
  if (to === null) return host;
  const port = to.protocol === 'tcp' ? String(to.port) : `${to.port}/${to.protocol}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads all `--egress` of a container or network, as its record keeps them; null: there is none, and no policy.
 * Throws BryoError `bad-network`.
 */
export function readEgress(values: readonly string[]): string[] | null {
  if (values.length === 0) return null;
  const words = values.flatMap((value) => value.split(',')).map((word) => word.trim());
  if (words.includes('none')) {
    if (words.length === 1) return [];
    throw bad('none', 'it cannot be used with other rules');
  }
  return [...new Set(words.map((word) => formatEgressRule(readEgressRule(word))))];
}

function meetNetworks(a: IpNetwork, b: IpNetwork): IpNetwork | null {
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  return containsIp(wide, { family: narrow.family, value: narrow.base }) ? narrow : null;
}

/** Whether a pattern has all names that another one has. */
function covers(wide: string, narrow: string): boolean {
  return (
    wide === '*' || wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
  );
}

function meetNames(a: string, b: string): string | null {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : null;
}

/** The part that either has where one has none; `meet`: null where they have nothing in common. */
function meetParts<T>(
  a: T | null,
  b: T | null,
  meet: (a: T, b: T) => T | null,
): { part: T | null } | null {
  if (a === null || b === null) return { part: a ?? b };
  const part = meet(a, b);
  return part === null ? null : { part };
}

function meetRules(a: EgressRule, b: EgressRule): EgressRule[] {
  const name = meetParts(a.name, b.name, meetNames);
  const within = meetParts(a.within, b.within, meetNetworks);
  const to = meetParts(a.to, b.to, (one, other) =>
    one.protocol === other.protocol && one.port === other.port ? one : null,
  );
  if (name === null || within === null || to === null) return [];
  return [{ name: name.part, within: within.part, to: to.part }];
}

/** Destinations that both of two policies allow; null is no policy. */
export function meetPolicies(
  a: readonly EgressRule[] | null,
  b: readonly EgressRule[] | null,
): readonly EgressRule[] | null {
  if (a === null || b === null) return a ?? b;
  return a.flatMap((one) => b.flatMap((other) => meetRules(one, other)));
}
