import {
  firstIp,
  formatCidr,
  formatIp,
  lastIp,
  parseCidr,
  parseIp,
} from '../../../base/ip-network.ts';
import { createNetwork } from '../../../engine/networks/networks.ts';
import type { ConfiguredSubnet, LeaseRange } from '../../../network/config/network.ts';
import { predefinedNames } from '../../../view/docker/predefined-networks.ts';
import { type Field, refuse } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf } from '../../route/schema.ts';

function readGateway(field: Field): string | null {
  const word = field.word();
  if (word === null) return null;
  const address = parseIp(word);
  if (address === null) throw field.problem(`${JSON.stringify(word)} is not an IP address`);
  return formatIp(address);
}

function readNetwork(field: Field) {
  const word = field.word() ?? '';
  const parsed = parseCidr(word);
  if (parsed === null)
    throw field.problem(`${JSON.stringify(word)} is not a network (ADDRESS/BITS)`);
  return parsed.network;
}

function readRange(field: Field): LeaseRange | null {
  if (field.word() === null) return null;
  const network = readNetwork(field);
  return { first: formatIp(firstIp(network)), last: formatIp(lastIp(network)) };
}

function readSubnet(field: Field): ConfiguredSubnet {
  refuse(field, {
    AuxiliaryAddresses: 'addresses cannot be set aside; an IPRange can',
    AuxAddress: 'addresses cannot be set aside; an IPRange can',
  });
  return {
    subnet: formatCidr(readNetwork(field.get('Subnet'))),
    gateway: readGateway(field.get('Gateway')),
    leaseRange: readRange(field.get('IPRange')),
  };
}

/** Values of Docker's options that bryo's bridges have by themselves; others are refused. */
const usual = new Map([
  ['com.docker.network.bridge.default_bridge', ['true', 'false']],
  ['com.docker.network.bridge.enable_icc', ['true']],
  ['com.docker.network.bridge.enable_ip_masquerade', ['true']],
  ['com.docker.network.bridge.host_binding_ipv4', ['0.0.0.0', '::', '']],
  ['com.docker.network.container_iface_prefix', ['eth']],
]);

function checkUsual(key: string, field: Field): void {
  const values = usual.get(key);
  if (values === undefined) throw field.problem('this option of a bridge is not supported', 501);
  const word = field.text() ?? '';
  if (values.includes(word)) return;
  throw field.problem(`${JSON.stringify(word)} is not supported, only ${values[0]} is`, 501);
}

/** Docker's names of options of bridges. */
function readOptions(field: Field): { options: Record<string, string>; bridge: string | null } {
  const options: Record<string, string> = {};
  let bridge: string | null = null;
  for (const [key, value] of field.entries()) {
    const word = value.text() ?? '';
    if (key === 'com.docker.network.bridge.name') bridge = word;
    else if (key === 'com.docker.network.driver.mtu') options['mtu'] = word;
    else if (!key.startsWith('com.docker.network.')) options[key] = word;
    else checkUsual(key, value);
  }
  return { options, bridge };
}

export const route = defineRoute({
  summary: 'Create a network',
  body: { about: 'NetworkCreateRequest', schema: anObject },
  answers: { 201: { about: 'it is made', schema: objectOf({ Id: aText, Warning: aText }) } },
  async handle(request) {
    const body = await readBody(request);
    refuse(body, {
      ConfigFrom: 'networks from configurations are those of a swarm',
      ConfigOnly: 'networks from configurations are those of a swarm',
      Ingress: 'there is no swarm',
    });
    const ipv4 = body.get('EnableIPv4');
    if (ipv4.value === false) throw ipv4.problem('a network without IPv4 is not supported', 501);
    const name = body.get('Name').word();
    if (name === null) throw body.get('Name').problem('a name is needed');
    if (predefinedNames.includes(name) || name === 'default') {
      throw new HttpProblem(403, `operation is not permitted on predefined ${name} network`);
    }
    const ipam = body.get('IPAM');
    const { options, bridge } = readOptions(body.get('Options'));
    const driver = ipam.get('Driver').word();
    const configured = ipam
      .get('Config')
      .items()
      .filter((one) => !one.get('Subnet').isZero);
    const network = await createNetwork(
      request.engine,
      {
        name,
        driver: body.get('Driver').word() ?? 'bridge',
        interfaceName: bridge,
        labels: body.get('Labels').textMap(),
        options,
        subnets: configured.map(readSubnet),
        routes: [],
        ipv6: body.get('EnableIPv6').flag(),
        internal: body.get('Internal').flag(),
        dns: true,
        dnsServers: [],
        ipamDriver: driver === 'default' ? null : driver,
      },
      { ignore: false },
    );
    return json({ Id: network.id, Warning: '' }, 201);
  },
});
