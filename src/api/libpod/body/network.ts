import { isIP } from '../../../base/ip-address.ts';
import {
  type AttachmentRequest,
  addOption,
  plainAttachment,
  readAddress,
  readAlias,
  readMac,
} from '../../../request/attachment.ts';
import type { ContainerNetworkRequest, SharedNetworkRequest } from '../../../request/container.ts';
import { readAddHosts, readDns, readHostname, readResolverWord } from '../../../request/names.ts';
import { canPublish, type NetworkRequest } from '../../../request/network.ts';
import { type PortRequest, parseExposedPort } from '../../../request/ports.ts';
import type { Field } from '../../body/field.ts';
import { addLinkOptions } from '../../body/link-options.ts';

/** How a container is on a network (PerNetworkOptions). */
export function readEndpoint(network: string | null, field: Field): AttachmentRequest {
  const mac = field.get('static_mac');
  const named = field.get('interface_name');
  const request = {
    ...plainAttachment(network),
    addresses: field
      .get('static_ips')
      .items()
      .map((item) =>
        item.read((text) => readAddress(text, `${JSON.stringify(text)} is not an IP address`)),
      ),
    mac: mac.word() === null ? null : mac.read(readMac),
    aliases: field
      .get('aliases')
      .items()
      .map((item) => item.read(readAlias)),
  };
  if (named.word() !== null) named.read((text) => addOption(request, 'interface_name', text));
  addLinkOptions(request, field.get('options'));
  return request;
}

function readNetworks(spec: Field): AttachmentRequest[] {
  const named = spec
    .get('Networks')
    .entries()
    .map(([name, field]) => readEndpoint(name === 'default' ? null : name, field));
  const further = spec.get('cni_networks').texts().map(plainAttachment);
  return [...named, ...further];
}

function helperOptions(spec: Field, mode: string): string[] {
  const field = spec.get('network_options').get(mode);
  const options = field.texts();
  if (options.some((option) => option === '' || /[\s\0]/.test(option))) {
    throw field.problem('an option is empty or holds a space');
  }
  return options;
}

/** The network that `netns`, `Networks` and `network_options` ask for. */
export function readNetwork(spec: Field): NetworkRequest {
  const field = spec.get('netns');
  const mode = field.get('nsmode').word() ?? 'default';
  const value = field.get('value').text() ?? '';
  const networks = readNetworks(spec);
  switch (mode) {
    case 'none':
    case 'host':
      return { mode };
    case 'slirp4netns':
    case 'pasta': {
      const said = value === '' ? [] : value.split(',');
      return { mode, options: [...said, ...helperOptions(spec, mode)] };
    }
    case 'container':
      if (value === '') throw field.get('value').problem('a container is needed');
      return { mode: 'container', container: value };
    case 'path':
      if (!value.startsWith('/')) throw field.get('value').problem('an absolute path is needed');
      return { mode: 'path', path: value };
    case 'bridge':
      return { mode: 'bridge', networks: networks.length > 0 ? networks : [plainAttachment(null)] };
    case 'default':
    case 'private':
    case 'pod':
      return networks.length > 0 ? { mode: 'bridge', networks } : { mode: 'default' };
    default:
      throw field.get('nsmode').problem(`${JSON.stringify(mode)} is no mode of a network`);
  }
}

/** Reads one of `portmappings` (PortMapping), which may name several protocols. */
function readPort(field: Field): PortRequest[] {
  const ip = field.get('host_ip').word();
  if (ip !== null && isIP(ip) === 0) {
    throw field.get('host_ip').problem(`${JSON.stringify(ip)} is not an IP address`);
  }
  const containerPort = field.get('container_port').number(1, 65_535);
  if (containerPort === null) throw field.get('container_port').problem('a port is needed');
  const count = field.get('range').amount(1, 65_535) ?? 1;
  const protocols = (field.get('protocol').word() ?? 'tcp').split(',');
  return protocols.map((word) => {
    const protocol = word.toLowerCase();
    if (protocol !== 'tcp' && protocol !== 'udp') {
      throw field
        .get('protocol')
        .problem(`protocol ${JSON.stringify(word)} is not supported; tcp and udp are`);
    }
    const hostPort = field.get('host_port').amount(1, 65_535);
    return { hostIp: ip, hostPort, containerPort, count, protocol };
  });
}

/** Reads `expose`: ports, each with its protocols. */
function readExposed(field: Field): PortRequest[] {
  return field
    .entries()
    .flatMap(([port, protocols]) =>
      (protocols.word() ?? 'tcp')
        .split(',')
        .map((protocol) => protocols.named(() => parseExposedPort(`${port}/${protocol}`))),
    );
}

/** The network with its ports, and the names known in it, as pods have it, too; `names` are pods' own fields. */
export function readSharedNetwork(
  spec: Field,
  names = { noHosts: 'use_image_hosts', hosts: 'hostadd' },
): SharedNetworkRequest {
  const words = (name: string): string[] =>
    spec
      .get(name)
      .items()
      .map((item) => item.read((text) => readResolverWord(name, text)));
  const network = readNetwork(spec);
  const ports = spec.get('portmappings').items().flatMap(readPort);
  const hostname = spec.get('hostname');
  return {
    hostname: hostname.named(() => readHostname('hostname', hostname.word())),
    network,
    // As with the command line that is no error where there is nothing to publish from.
    ports: canPublish(network) ? ports : [],
    addHosts: spec
      .get(names.hosts)
      .items()
      .flatMap((item) => item.read(readAddHosts)),
    dns: spec.get('dns_server').named(() => readDns(spec.get('dns_server').texts())),
    dnsSearch: words('dns_search'),
    dnsOptions: words('dns_option'),
    noHosts: spec.get(names.noHosts).flag(),
  };
}

/** The network of a container. */
export function readContainerNetwork(spec: Field): ContainerNetworkRequest {
  const shared = readSharedNetwork(spec);
  const resolv = spec.get('use_image_resolve_conf').flag();
  const domain = spec.get('domainname');
  return {
    ...shared,
    dns: resolv ? ['none'] : shared.dns,
    domainname: domain.named(() => readHostname('domainname', domain.word())),
    expose: readExposed(spec.get('expose')),
    publishAll: canPublish(shared.network) && spec.get('publish_image_ports').flag(),
  };
}
