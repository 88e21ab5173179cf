import { isIP } from '../../base/ip-address.ts';
import {
  type AttachmentRequest,
  type ContainerLink,
  plainAttachment,
  readAddress,
  readAlias,
  readLink,
  readMac,
} from '../../request/attachment.ts';
import type { ContainerNetworkRequest } from '../../request/container.ts';
import { readAddHosts, readDns, readHostname, readResolverWord } from '../../request/names.ts';
import { canPublish, type NetworkRequest } from '../../request/network.ts';
import { type PortRequest, parseExposedPort } from '../../request/ports.ts';
import { type Field, refuse } from './field.ts';
import { addLinkOptions } from './link-options.ts';

/** An address of an endpoint; an empty one is none. */
function addressOf(field: Field): string[] {
  const text = field.word();
  if (text === null) return [];
  return [field.named(() => readAddress(text, `${JSON.stringify(text)} is not an IP address`))];
}

/** How a container is on a network (EndpointSettings); `network` is null for the default one. */
export function readEndpoint(field: Field, network: string | null): AttachmentRequest {
  const ipam = field.get('IPAMConfig');
  refuse(ipam, { LinkLocalIPs: 'addresses beside those of the network are not supported' });
  refuse(field, { GwPriority: "the networks' own option metric says which one leads outside" });
  const mac = field.get('MacAddress');
  const request = {
    ...plainAttachment(network),
    addresses: [...addressOf(ipam.get('IPv4Address')), ...addressOf(ipam.get('IPv6Address'))],
    mac: mac.word() === null ? null : mac.read(readMac),
    aliases: field
      .get('Aliases')
      .items()
      .map((item) => item.read(readAlias)),
  };
  addLinkOptions(request, field.get('DriverOpts'));
  return request;
}

/** The containers that are to be known by other names to a new one, or on an endpoint. */
export function readLinks(links: Field): ContainerLink[] {
  return links.items().map((item) => item.read(readLink));
}

/** Docker's name of the default network. */
const dockerDefault = 'bridge';

function endpoints(field: Field): Map<string, Field> {
  return new Map(field.get('EndpointsConfig').entries());
}

/** Where the networks of a container come from: its mode first, then what is said of each. */
function readNetwork(host: Field, networking: Field, config: Field): NetworkRequest {
  const field = host.get('NetworkMode');
  const asked = field.word() ?? 'default';
  const named = endpoints(networking);
  if (config.get('NetworkDisabled').flag()) return { mode: 'none' };
  if (asked === 'none' || asked === 'host') return { mode: asked };
  const [, container] = /^container:(.+)$/s.exec(asked) ?? [];
  if (container !== undefined) return { mode: 'container', container };
  if (asked.startsWith('container:')) throw field.problem('container:NAME is needed');
  if (asked === 'slirp4netns' || asked === 'pasta') return { mode: asked, options: [] };
  if (asked.startsWith('ns:'))
    throw field.problem('a path is not supported; container:NAME is', 501);
  const isDefault = asked === 'default' || asked === 'private';
  const first = isDefault ? [...named.keys()][0] : asked;
  // Docker's default is its bridge, on which containers reach each other.
  const others = [...named.keys()].filter((name) => name !== first);
  const names = [first ?? dockerDefault, ...others];
  const networks = names.map((name) => {
    const endpoint = named.get(name);
    const network = name === dockerDefault || name === 'default' ? null : name;
    return endpoint === undefined ? plainAttachment(network) : readEndpoint(endpoint, network);
  });
  const mac = config.get('MacAddress');
  const [own] = networks;
  if (mac.word() !== null && own !== undefined) own.mac ??= mac.read(readMac);
  return { mode: 'bridge', networks };
}

function readBinding(port: PortRequest, binding: Field): PortRequest {
  const ip = binding.get('HostIp').word();
  if (ip !== null && isIP(ip) === 0) {
    throw binding.get('HostIp').problem(`${JSON.stringify(ip)} is not an IP address`);
  }
  const field = binding.get('HostPort');
  const text = field.word();
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '0') ?? [];
  const first = Number(from);
  if (from === undefined || first > 65_535 || Number(to ?? from) > 65_535) {
    throw field.problem(`${JSON.stringify(text)} is not a port`);
  }
  const choices = Number(to ?? from) - first + 1;
  if (choices < 1) throw field.problem(`the range ${text} runs backwards`);
  if (choices > 1 && choices !== port.count && port.count > 1) {
    throw field.problem(`as many ports as the container's are needed, not ${choices}`);
  }
  const published = { ...port, hostIp: ip, hostPort: first === 0 ? null : first };
  return choices > 1 && port.count === 1 ? { ...published, choices } : published;
}

/** `{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}`. */
function readPorts(bindings: Field): PortRequest[] {
  return bindings.entries().flatMap(([key, list]) => {
    const port = list.named(() => parseExposedPort(key));
    const items = list.items();
    if (items.length === 0) return [port];
    return items.map((item) => readBinding(port, item));
  });
}

/** The network of a container, its ports, and the names known in it. */
export function readContainerNetwork(
  config: Field,
  host: Field,
  networking: Field,
): ContainerNetworkRequest {
  const network = readNetwork(host, networking, config);
  const ports = readPorts(host.get('PortBindings'));
  const publishes = canPublish(network);
  const name = (field: Field): string | null =>
    field.word() === null ? null : field.read((text) => readHostname('name', text));
  const words = (list: Field): string[] =>
    list.items().map((item) => item.read((text) => readResolverWord('word', text)));
  return {
    hostname: name(config.get('Hostname')),
    domainname: name(config.get('Domainname')),
    network,
    ports: publishes ? ports : [],
    expose: config
      .get('ExposedPorts')
      .entries()
      .map(([key, field]) => field.named(() => parseExposedPort(key))),
    publishAll: publishes && host.get('PublishAllPorts').flag(),
    addHosts: host
      .get('ExtraHosts')
      .items()
      .flatMap((item) => item.read((text) => readAddHosts(text.replace(/^([^:=]+)=/, '$1:')))),
    dns: host.get('Dns').named(() => readDns(host.get('Dns').texts())),
    dnsSearch: words(host.get('DnsSearch')),
    dnsOptions: words(host.get('DnsOptions')),
    noHosts: false,
  };
}
