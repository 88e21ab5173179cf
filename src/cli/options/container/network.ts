import type { ContainerOptions } from '../../../container/options.ts';
import { parseExposedPort } from '../../../container/published-ports.ts';
import { isIP } from '../../../network/addresses.ts';
import { parseNetwork } from '../../../network/network-option.ts';
import { parsePort } from '../../../network/ports.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

/** Flags of `run` and `create` about the network and names in it. */
export const networkOptions: readonly OptionSpec[] = [
  {
    name: 'network',
    aliases: ['net'],
    value: 'MODE',
    default: 'default',
    choices: ['default', 'slirp4netns', 'pasta', 'none', 'host'],
    help: 'default, slirp4netns[:OPTIONS], pasta[:OPTIONS], none, host, container:NAME or ns:PATH',
  },
  {
    name: 'publish',
    short: 'p',
    value: '[[IP:]PORT:]PORT[/PROTOCOL]',
    repeat: true,
    help: 'make a port of the container reachable on the host; ranges and /udp are allowed',
  },
  {
    name: 'publish-all',
    short: 'P',
    help: "publish each port that the image or --expose tells of at a free port of the host's",
  },
  {
    name: 'expose',
    value: 'PORT[-PORT][/PROTOCOL]',
    repeat: true,
    help: 'tell of a port that the container serves',
  },
  { name: 'hostname', short: 'h', value: 'NAME', help: 'host name in the container' },
  { name: 'domainname', value: 'NAME', help: 'NIS domain name in the container' },
  {
    name: 'add-host',
    value: 'NAME[;NAME...]:ADDRESS',
    repeat: true,
    help: 'add a line to /etc/hosts; host-gateway stands for the host',
  },
  { name: 'no-hosts', help: "leave the image's /etc/hosts alone" },
  {
    name: 'dns',
    value: 'ADDRESS',
    repeat: true,
    help: "name server to use; none: the image's resolv.conf stays",
  },
  { name: 'dns-search', value: 'DOMAIN', repeat: true, help: 'search domain for short names' },
  {
    name: 'dns-option',
    aliases: ['dns-opt'],
    value: 'OPTION',
    repeat: true,
    help: 'option of resolv.conf',
  },
];

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

/** Several names of one address are separated by semicolons. */
function readAddHosts(text: string): { host: string; address: string }[] {
  const colon = text.indexOf(':');
  const names = text.slice(0, Math.max(colon, 0)).split(';');
  return names.map((name) => readAddHost(`${name}${text.slice(Math.max(colon, 0))}`));
}

function readHostname(flag: string, text: string | null): string | null {
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

function readDns(words: readonly string[]): string[] {
  if (words.includes('none') && words.length > 1) {
    throw badValue('--dns', 'none', 'it excludes other name servers');
  }
  return words.map(readDnsServer);
}

function readWord(flag: string, text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw badValue(flag, text, 'it holds a forbidden character');
  return text;
}

type SharedNetwork = Pick<
  ContainerOptions,
  'hostname' | 'network' | 'ports' | 'addHosts' | 'dns' | 'dnsSearch' | 'dnsOptions' | 'noHosts'
>;

/** What a pod has of a network as a container has it. */
export function readSharedNetwork({ text, texts, flag }: Invocation): SharedNetwork {
  return {
    hostname: readHostname('--hostname', text('hostname')),
    network: parseNetwork(text('network') ?? 'default'),
    ports: texts('publish').map(parsePort),
    addHosts: texts('add-host').flatMap(readAddHosts),
    dns: readDns(texts('dns')),
    dnsSearch: texts('dns-search').map((word) => readWord('--dns-search', word)),
    dnsOptions: texts('dns-option').map((word) => readWord('--dns-option', word)),
    noHosts: flag('no-hosts'),
  };
}

/** The network, its ports, and the names known in it. */
export function readNetwork(
  invocation: Invocation,
): SharedNetwork & Pick<ContainerOptions, 'domainname' | 'expose' | 'publishAll'> {
  const { text, texts, flag } = invocation;
  return {
    ...readSharedNetwork(invocation),
    domainname: readHostname('--domainname', text('domainname')),
    expose: texts('expose').map(parseExposedPort),
    publishAll: flag('publish-all'),
  };
}
