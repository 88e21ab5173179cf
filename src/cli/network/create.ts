import { BryoError } from '../../base/errors.ts';
import {
  firstIp,
  formatCidr,
  formatIp,
  lastIp,
  parseCidr,
  parseIp,
} from '../../base/ip-network.ts';
import { createNetwork } from '../../engine/networks/networks.ts';
import type { NetworkRoute } from '../../network/attachment.ts';
import type { NetworkCreation } from '../../network/config/create.ts';
import type { ConfiguredSubnet, LeaseRange } from '../../network/config/network.ts';
import { egressOption, readEgress } from '../../request/egress.ts';
import { readPair } from '../../request/values.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';
import { printLine } from '../context.ts';

function bad(message: string): BryoError {
  return new BryoError('bad-network', message);
}

/** `START-END` or a network, of which all addresses but its own are meant. */
function readRange(text: string): LeaseRange {
  const [first = '', last] = text.split(/-(.*)/s);
  if (last === undefined) {
    const parsed = parseCidr(text);
    if (parsed === null) throw bad(`invalid CIDR address: ${text}`);
    return { first: formatIp(firstIp(parsed.network)), last: formatIp(lastIp(parsed.network)) };
  }
  const read = (word: string, end: string): string => {
    const address = parseIp(word);
    if (address === null) throw bad(`range ${end} ip ${JSON.stringify(word)} is not a ip address`);
    return formatIp(address);
  };
  return { first: read(first, 'start'), last: read(last, 'end') };
}

function readGateway(text: string): string {
  const address = parseIp(text);
  if (address !== null) return formatIp(address);
  throw bad(
    `invalid argument ${JSON.stringify(text)} for "--gateway" flag: invalid string being converted to IP address: ${text}`,
  );
}

/** The first gateway and the first range belong to the first subnet, and so on. */
function readSubnets({ texts }: Invocation): ConfiguredSubnet[] {
  const subnets = texts('subnet');
  const gateways = texts('gateway')
    .flatMap((text) => text.split(','))
    .map(readGateway);
  const ranges = texts('ip-range').map(readRange);
  if (subnets.length === 0 && gateways.length + ranges.length > 0) {
    throw bad('cannot set gateway or range without subnet');
  }
  if (gateways.length > subnets.length) throw bad('cannot set more gateways than subnets');
  if (ranges.length > subnets.length) throw bad('cannot set more ranges than subnets');
  return subnets.map((text, at) => {
    const parsed = parseCidr(text);
    if (parsed === null) throw bad(`invalid CIDR address: ${text}`);
    return {
      subnet: formatCidr(parsed.network),
      gateway: gateways[at] ?? null,
      leaseRange: ranges[at] ?? null,
    };
  });
}

function readRoute(text: string): NetworkRoute {
  const [destination = '', gateway = '', metric, ...more] = text.split(',');
  if (!text.includes(',') || more.length > 0) {
    throw bad(
      `invalid route: ${text}\nFormat: --route <destination in CIDR>,<gateway>,<metric (optional)>`,
    );
  }
  if (parseCidr(destination) === null) throw bad(`invalid route destination ${destination}`);
  const via = parseIp(gateway);
  if (via === null) throw bad(`invalid route gateway ${gateway}`);
  const number = Number(metric ?? '0');
  if (metric !== undefined && (!/^\d+$/.test(metric) || number > 0xffff_ffff)) {
    throw bad(`invalid route metric ${metric}`);
  }
  return { destination, gateway: formatIp(via), metric: metric === undefined ? null : number };
}

function readOptions(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map(readPair));
}

function readLabels(words: readonly string[]): Record<string, string> {
  const wrong = words.find((word) => word === '' || word.startsWith('='));
  if (wrong !== undefined) {
    throw bad(`failed to parse labels: invalid label format: ${JSON.stringify(wrong)}`);
  }
  return readOptions(words);
}

function egressOptions(words: readonly string[]): Record<string, string> {
  const rules = readEgress(words);
  return rules === null ? {} : { [egressOption]: rules.join(',') };
}

function readCreation(invocation: Invocation): NetworkCreation {
  const { text, texts, flag, given, args } = invocation;
  const parent = text('macvlan');
  return {
    name: args[0] || null,
    driver: parent === null ? (text('driver') ?? 'bridge') : 'macvlan',
    interfaceName: parent ?? (text('interface-name') || null),
    labels: readLabels(texts('label')),
    options: { ...readOptions(texts('opt')), ...egressOptions(texts('egress')) },
    subnets: readSubnets(invocation),
    routes: texts('route').map(readRoute),
    ipv6: flag('ipv6'),
    internal: flag('internal'),
    dns: !flag('disable-dns'),
    dnsServers: texts('dns').flatMap((servers) => servers.split(',')),
    ipamDriver: given('ipam-driver') ? text('ipam-driver') || null : null,
  };
}

const options: readonly OptionSpec[] = [
  { name: 'disable-dns', help: 'no name service on the network' },
  {
    name: 'dns',
    value: 'ADDRESS',
    repeat: true,
    help: 'server for names outside the network, instead of those of the host',
  },
  {
    name: 'driver',
    short: 'd',
    value: 'DRIVER',
    default: 'bridge',
    choices: ['bridge', 'macvlan'],
    help: 'bridge, or macvlan: interfaces on another interface, also on the LAN (--opt parent=…)',
  },
  {
    name: 'egress',
    value: 'RULE',
    repeat: true,
    help: 'containers reach only this beyond their networks, by this one: NAME, *.DOMAIN, ADDRESS or NETWORK, with :PORT[/PROTOCOL] or without; none: nothing',
  },
  { name: 'gateway', value: 'ADDRESS', repeat: true, help: "the bridge's address in the subnet" },
  { name: 'ignore', help: 'a network of that name that exists already is no error' },
  {
    name: 'interface-name',
    value: 'NAME',
    help: 'name of the bridge; with macvlan the parent interface',
  },
  { name: 'internal', help: 'no way outside: neither routes nor outside names' },
  {
    name: 'ip-range',
    value: 'RANGE',
    repeat: true,
    help: 'addresses of the subnet that are given to containers: a smaller subnet or FIRST-LAST',
  },
  {
    name: 'ipam-driver',
    value: 'DRIVER',
    choices: ['host-local', 'none', 'dhcp'],
    help: 'host-local gives addresses of the subnets; none gives no addresses; dhcp, with macvlan only, asks for one on the network',
  },
  { name: 'ipv6', help: 'with a subnet of IPv6; a unique local one unless --subnet names one' },
  { name: 'label', value: 'KEY=VALUE', repeat: true, help: 'set a label' },
  {
    name: 'macvlan',
    value: 'INTERFACE',
    help: 'deprecated: --driver macvlan --opt parent=INTERFACE',
  },
  {
    name: 'opt',
    short: 'o',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'mtu, metric, no_default_route; of a bridge isolate (true, false or strict), mode (managed or unmanaged), vlan, com.docker.network.driver.mtu, com.docker.network.bridge.name; with macvlan parent and mode (bridge, private, vepa or passthru)',
  },
  {
    name: 'route',
    value: 'NETWORK,GATEWAY[,METRIC]',
    repeat: true,
    help: 'a route that each container gets',
  },
  {
    name: 'subnet',
    value: 'NETWORK',
    repeat: true,
    help: 'in CIDR notation; a free one is chosen otherwise',
  },
];

export const command = defineCommand({
  name: 'network-create',
  noun: 'network',
  summary: 'Create a network for containers and pods',
  synopsis: '[NAME]',
  arguments: { min: 0, max: 1, kind: 'none' },
  options,
  description: [
    'Makes a network and prints its name. Containers join it with --network NAME. Those of one network reach each other, by their names too unless --disable-dns is given; the gateway leads outside.',
    'The description is a file of the directory that --network-config-dir names, in the form that podman 5 has for netavark. A network needs no process and no interface until a container of it runs.',
    'Without --subnet the first network of default_subnet_pools (bryo-containers.conf(5)) is taken that no other network, interface or route of the host has. The first --gateway and the first --ip-range belong to the first --subnet, and so on.',
    'The gateway answers names at port 53, of UDP and TCP: containers by their name, alias, short id and hostname, also below dns.podman, and back from their addresses, on all networks that the container which asks is on. A name is there before its container runs and gone when it has ended. Everything else is asked of the --dns servers of the container, of those of the network, or of those in the host’s resolv.conf(5) at that time; containers of --internal networks alone hear that it does not exist.',
    'With --egress containers reach nothing beyond their networks but what is said (bryo-run(1), “Egress”). Those that have --egress of their own reach what both allow. The rules are the option bryo.egress in the network’s file, which other programs pass over: podman’s containers are not held by them.',
    'With --driver macvlan containers have interfaces of their own beside each other. Without a parent these are on the device that leads outside in the user’s own network of bridges (tap0, whose addresses are 198.18.77.0/24), and --subnet says their addresses; nobody answers names there. With --opt parent=DEVICE they are on the LAN that a device of this machine is in, with addresses of it: DEVICE is a tap that belongs to the user and is a port of a bridge, which carries any number of containers, or a macvtap whose /dev/tapN does, for one container and with its hardware address, or a bridge itself of which lxc-usernet(5) allows the user a port (‘alice veth br0 1’ in /etc/lxc/lxc-usernet; the setuid helper of Debian’s liblxc-common makes it), which also carries any number, at the kernel’s speed. For any other device the error says what an administrator has to run once; a way that is open is tried when the network is made. Without --subnet containers have their addresses by DHCP from the LAN (udhcpc of busybox; apt install udhcpc), with its gateway and its name servers, under a hardware address that lasts as long as the container; with --subnet they take those of --ip-range, which the LAN has to leave to them.',
    'Connections of TCP to the outside are made by the host once a container asks for them, and succeed or fail as they do there; slirp4netns carries the rest, and all of it where the kernel has no transparent proxies (nftables’ tproxy and socket).',
  ],
  examples: [
    { command: 'bryo network create backend', says: 'a bridge with a free subnet' },
    {
      command: 'bryo network create --subnet 192.168.55.0/24 --gateway 192.168.55.3 --ipv6 dual',
      says: 'with an address of its own choice, and a subnet of IPv6',
    },
    { command: 'bryo network create --internal vault', says: 'without a way outside' },
    {
      command: "bryo network create --egress 'registry.example.com:443' builds",
      says: 'whose containers reach that server only',
    },
    {
      command: 'bryo network create --driver macvlan --opt parent=br0 lan',
      says: 'on the LAN, with addresses by DHCP',
    },
  ],
  async run(invocation) {
    const { context, flag } = invocation;
    if (invocation.text('macvlan') !== null) {
      context.engine.log(
        'warn',
        'The --macvlan option is deprecated, use `--driver macvlan --opt parent=<device>` instead',
      );
    }
    const request = readCreation(invocation);
    const network = await createNetwork(context.engine, request, { ignore: flag('ignore') });
    printLine(context, context.dialect === 'docker' ? network.id : network.name);
    return 0;
  },
});
