import { formatCidr, formatIp, parseCidr, parseIp } from '../../../base/ip-network.ts';
import type { NetworkRoute } from '../../../network/attachment.ts';
import type { NetworkCreation } from '../../../network/config/create.ts';
import type { ConfiguredSubnet, LeaseRange } from '../../../network/config/network.ts';
import type { Field } from '../../body/field.ts';

function readAddress(field: Field): string | null {
  const word = field.word();
  if (word === null) return null;
  const address = parseIp(word);
  if (address === null) throw field.problem(`${JSON.stringify(word)} is not an IP address`);
  return formatIp(address);
}

function readCidr(field: Field): string {
  const word = field.word() ?? '';
  const parsed = parseCidr(word);
  if (parsed === null) throw field.problem(`invalid CIDR address: ${word}`);
  return formatCidr(parsed.network);
}

function readRange(field: Field): LeaseRange | null {
  if (field.isZero) return null;
  return { first: readAddress(field.get('start_ip')), last: readAddress(field.get('end_ip')) };
}

function readSubnet(field: Field): ConfiguredSubnet {
  return {
    subnet: readCidr(field.get('subnet')),
    gateway: readAddress(field.get('gateway')),
    leaseRange: readRange(field.get('lease_range')),
  };
}

function readRoute(field: Field): NetworkRoute {
  const gateway = readAddress(field.get('gateway'));
  if (gateway === null) throw field.get('gateway').problem('a gateway is needed');
  const metric = field.get('metric').number(0);
  return { destination: readCidr(field.get('destination')), gateway, metric };
}

/** A network as podman's API asks for it (Network of containers/common). */
export function readCreation(body: Field): NetworkCreation {
  const dns = body.get('dns_enabled');
  return {
    name: body.get('name').word(),
    driver: body.get('driver').word() ?? 'bridge',
    interfaceName: body.get('network_interface').word(),
    labels: body.get('labels').textMap(),
    options: body.get('options').textMap(),
    subnets: body.get('subnets').items().map(readSubnet),
    routes: body.get('routes').items().map(readRoute),
    ipv6: body.get('ipv6_enabled').flag(),
    internal: body.get('internal').flag(),
    dns: dns.flag(),
    dnsServers: body.get('network_dns_servers').texts(),
    ipamDriver: body.get('ipam_options').get('driver').word(),
  };
}
