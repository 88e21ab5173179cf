import { isIP } from '../base/ip-address.ts';
import { badValue } from './values.ts';

function readAddHost(text: string): { host: string; address: string } {
  const colon = text.indexOf(':');
  const host = text.slice(0, colon);
  const address = text.slice(colon + 1).replace(/^\[(.*)\]$/, '$1');
  if (colon < 1 || !/^[a-zA-Z0-9_.-]+$/.test(host)) {
    throw badValue('--add-host', text, 'NAME:ADDRESS is needed');
  }
  if (address !== 'host-gateway' && isIP(address) === 0) {
    throw badValue('--add-host', text, `${JSON.stringify(address)} is not an IP address`);
  }
  return { host, address };
}

/** `NAME[;NAME…]:ADDRESS`: several names of one address are separated by semicolons. */
export function readAddHosts(text: string): { host: string; address: string }[] {
  const colon = text.indexOf(':');
  const names = text.slice(0, Math.max(colon, 0)).split(';');
  return names.map((name) => readAddHost(`${name}${text.slice(Math.max(colon, 0))}`));
}

/** Bytes that the kernel keeps of a host's name (sethostname(2)). */
const maxHostnameLength = 64;

/** The part of a name that the kernel takes as that of a host. */
export function asHostname(name: string): string {
  return name.slice(0, maxHostnameLength);
}

/** A name of a host or domain. */
export function readHostname(flag: string, text: string | null): string | null {
  if (text === null) return null;
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/.test(text)) {
    throw badValue(flag, text, 'letters, digits, "-", "_" and ".", at most 64 of them');
  }
  return text;
}

function readDnsServer(text: string): string {
  if (text !== 'none' && isIP(text) === 0) {
    throw badValue('--dns', text, 'an IP address or none is needed');
  }
  return text;
}

/** Name servers; `none` stands alone. */
export function readDns(words: readonly string[]): string[] {
  if (words.includes('none') && words.length > 1) {
    throw badValue('--dns', 'none', 'it excludes other name servers');
  }
  return words.map(readDnsServer);
}

/** A word of resolv.conf. */
export function readResolverWord(flag: string, text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw badValue(flag, text, 'it holds a forbidden character');
  return text;
}
