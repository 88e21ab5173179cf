import { BryoError } from '../../../base/errors.ts';
import {
  type AddressFlags,
  askedFlags,
  plainAttachment,
  withAddressFlags,
} from '../../../request/attachment.ts';
import type { ContainerNetworkRequest, SharedNetworkRequest } from '../../../request/container.ts';
import { readEgress } from '../../../request/egress.ts';
import { readAddHosts, readDns, readHostname, readResolverWord } from '../../../request/names.ts';
import { canPublish, type NetworkRequest } from '../../../request/network.ts';
import { heldNetwork, parseNetworks } from '../../../request/network-words.ts';
import { parseExposedPort, parsePort } from '../../../request/ports.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about the network and names in it. */
export const networkOptions: readonly OptionSpec[] = [
  {
    name: 'network',
    aliases: ['net'],
    value: 'MODE',
    repeat: true,
    default: 'default',
    choices: ['default', 'bridge', 'slirp4netns', 'pasta', 'none', 'host'],
    help: 'default, slirp4netns[:OPTIONS], pasta[:OPTIONS], none, host, container:NAME or ns:PATH; bridge[:OPTIONS] or NETWORK[:OPTIONS], of which there may be several, with options ip, ip6, mac, alias, interface_name, host_interface_name and rate (10mbit, both ways)',
  },
  { name: 'ip', value: 'ADDRESS', help: 'IPv4 address in the one network that is joined' },
  { name: 'ip6', value: 'ADDRESS', help: 'IPv6 address in the one network that is joined' },
  { name: 'mac-address', value: 'ADDRESS', help: 'hardware address in the one network' },
  {
    name: 'network-alias',
    value: 'NAME',
    repeat: true,
    help: 'another name of the container on the networks that it joins',
  },
  {
    name: 'egress',
    value: 'RULE',
    repeat: true,
    help: 'reach only this beyond the networks: NAME, *.DOMAIN, ADDRESS or NETWORK, with :PORT[/PROTOCOL] or without; none: nothing',
  },
  {
    name: 'publish',
    short: 'p',
    value: '[[IP:]PORT:]PORT[/PROTOCOL]',
    repeat: true,
    help: 'make a port of the container reachable on the host; ranges and /udp are allowed; fd:NAME:PORT[/PROTOCOL]: through a socket that the service manager hands over',
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

/** The flags about the one network that a container joins; `aliases`: the flag of its further names there. */
export function readAddressFlags(
  { text, texts }: Pick<Invocation, 'text' | 'texts'>,
  aliases = 'network-alias',
): AddressFlags {
  const flags = ['ip', 'ip6'] as const;
  return {
    addresses: flags.flatMap((flag) => {
      const address = text(flag);
      return address === null || address === '' ? [] : [{ flag, text: address }];
    }),
    mac: text('mac-address') || null,
    aliases: texts(aliases).flatMap((names) => names.split(',')),
  };
}

/** `--network` with the flags about it. Throws BryoError `bad-network`, in podman's words. */
export function readNetworkFlags(invocation: Invocation): NetworkRequest {
  const asked = parseNetworks(invocation.texts('network'));
  const request = invocation.texts('egress').length > 0 ? heldNetwork(asked) : asked;
  const flags = readAddressFlags(invocation);
  const [flag] = askedFlags(flags);
  if (flag === undefined) return request;
  if (request.mode === 'bridge') {
    return { ...request, networks: withAddressFlags(request.networks, flags) };
  }
  if (request.mode === 'default') {
    withAddressFlags([plainAttachment(null)], flags);
    throw new BryoError(
      'bad-network',
      'invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking',
      { hint: '--network bridge, or the name of a network' },
    );
  }
  throw new BryoError(
    'bad-network',
    `--${flag} can only be set when the network mode is bridge: invalid argument`,
  );
}

/** The network of a pod, as a container has one. */
export function readSharedNetwork(invocation: Invocation): SharedNetworkRequest {
  const { text, texts, flag } = invocation;
  const egress = readEgress(texts('egress'));
  return {
    hostname: readHostname('--hostname', text('hostname')),
    network: readNetworkFlags(invocation),
    // As of a script's variable that is empty: podman passes over it.
    ports: texts('publish').filter(Boolean).map(parsePort),
    addHosts: texts('add-host').flatMap(readAddHosts),
    dns: readDns(texts('dns')),
    dnsSearch: texts('dns-search').map((word) => readResolverWord('--dns-search', word)),
    dnsOptions: texts('dns-option').map((word) => readResolverWord('--dns-option', word)),
    noHosts: flag('no-hosts'),
    ...(egress !== null && { egress }),
  };
}

/** Whether ports are asked for that the network has no use for. As with podman that is no error. */
export function discardsPorts({ texts, flag }: Invocation): boolean {
  const request = parseNetworks(texts('network'));
  return !canPublish(request) && (texts('publish').some(Boolean) || flag('publish-all'));
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
