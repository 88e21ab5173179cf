import type { ContainerNetworkRequest, SharedNetworkRequest } from '../../../request/container.ts';
import { readAddHosts, readDns, readHostname, readResolverWord } from '../../../request/names.ts';
import { parseNetwork } from '../../../request/network.ts';
import { parseExposedPort, parsePort } from '../../../request/ports.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

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

/** The network of a pod, as a container has one. */
export function readSharedNetwork({ text, texts, flag }: Invocation): SharedNetworkRequest {
  return {
    hostname: readHostname('--hostname', text('hostname')),
    network: parseNetwork(text('network') ?? 'default'),
    // As of a script's variable that is empty: podman passes over it.
    ports: texts('publish').filter(Boolean).map(parsePort),
    addHosts: texts('add-host').flatMap(readAddHosts),
    dns: readDns(texts('dns')),
    dnsSearch: texts('dns-search').map((word) => readResolverWord('--dns-search', word)),
    dnsOptions: texts('dns-option').map((word) => readResolverWord('--dns-option', word)),
    noHosts: flag('no-hosts'),
  };
}

/** Networks that are somebody else's, or none: nothing can be published from them. */
const withoutPorts: readonly string[] = ['none', 'host', 'container', 'path'];

/** Whether ports are asked for that the network has no use for. As with podman that is no error. */
export function discardsPorts({ text, texts, flag }: Invocation): boolean {
  const { mode } = parseNetwork(text('network') ?? 'default');
  return withoutPorts.includes(mode) && (texts('publish').some(Boolean) || flag('publish-all'));
}

/** podman's words for it. */
export const portsDiscarded =
  'Port mappings have been discarded as one of the Host, Container, Pod, and None network modes are in use';

/** The network, its ports, and the names known in it. */
export function readNetwork(invocation: Invocation): ContainerNetworkRequest {
  const { text, texts, flag } = invocation;
  const shared = readSharedNetwork(invocation);
  const discards = discardsPorts(invocation);
  return {
    ...shared,
    ports: discards ? [] : shared.ports,
    domainname: readHostname('--domainname', text('domainname')),
    expose: texts('expose').map(parseExposedPort),
    publishAll: flag('publish-all') && !discards,
  };
}
