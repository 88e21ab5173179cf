import t from 'tap';
import { parseCidr } from '../../../../src/base/ip-network.ts';
import {
  type NetworkCreation,
  type NetworkSurroundings,
  planNewNetwork,
} from '../../../../src/network/config/create.ts';
import type { ConfiguredSubnet, Network } from '../../../../src/network/config/network.ts';
import { usualSubnetPools } from '../../../../src/network/config/subnets.ts';

function networkOf(text: string) {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(text);
  return parsed.network;
}

function subnet(text: string, gateway: string | null = null): ConfiguredSubnet {
  return { subnet: text, gateway, leaseRange: null };
}

function asked(changes: Partial<NetworkCreation> = {}): NetworkCreation {
  return {
    name: 'x',
    driver: 'bridge',
    interfaceName: null,
    labels: {},
    options: {},
    subnets: [],
    routes: [],
    ipv6: false,
    internal: false,
    dns: true,
    dnsServers: [],
    ipamDriver: null,
    ...changes,
  };
}

function around(changes: Partial<NetworkSurroundings> = {}): NetworkSurroundings {
  return {
    networks: [],
    host: { interfaces: ['lo', 'eth0'], subnets: [networkOf('192.168.1.0/24')], routes: [] },
    pools: usualSubnetPools,
    ...changes,
  };
}

const first = planNewNetwork(asked({ name: 'first' }), around());

t.test('a network without any wish', async (t) => {
  t.match(first, {
    interfaceName: 'podman1',
    subnets: [{ subnet: '10.89.0.0/24', gateway: '10.89.0.1', leaseRange: null }],
    dns: true,
    ipamOptions: { driver: 'host-local' },
  });
  t.match(first.id, /^[0-9a-f]{64}$/);
  const second = planNewNetwork(asked({ name: null }), around({ networks: [first] }));
  t.equal(second.name, 'podman2');
  t.equal(second.interfaceName, 'podman2');
  t.equal(second.subnets[0]?.subnet, '10.89.1.0/24');
});

t.test('subnets that routes of the host lead to are left, unless all are', async (t) => {
  const host = around().host;
  const vpn = { ...host, routes: [networkOf('10.89.0.0/17')] };
  t.equal(planNewNetwork(asked(), around({ host: vpn })).subnets[0]?.subnet, '10.89.128.0/24');
  const all = { ...host, routes: [networkOf('10.0.0.0/8')] };
  t.equal(planNewNetwork(asked(), around({ host: all })).subnets[0]?.subnet, '10.89.0.0/24');
});

t.test('pools are taken in their order, and come to an end', async (t) => {
  const pools = [
    { base: networkOf('10.5.0.0/24'), size: 25 },
    { base: networkOf('10.6.0.0/24'), size: 24 },
  ];
  const networks: Network[] = [];
  for (let number = 0; number < 3; number += 1) {
    networks.push(planNewNetwork(asked({ name: `n${number}` }), around({ networks, pools })));
  }
  t.same(
    networks.map(({ subnets }) => subnets[0]?.subnet),
    ['10.5.0.0/25', '10.5.0.128/25', '10.6.0.0/24'],
  );
  t.throws(() => planNewNetwork(asked(), around({ networks, pools })), {
    code: 'bad-network',
    message: 'could not find free subnet from subnet pools',
  });
});

t.test('IPv6 makes a network of both', async (t) => {
  const { subnets } = planNewNetwork(asked({ ipv6: true }), around());
  t.equal(subnets.length, 2);
  t.match(subnets[1]?.subnet, /^fd[0-9a-f]{2}:.*::\/64$/);
  const own = planNewNetwork(
    asked({ ipv6: true, subnets: [subnet('fd00:1::/64')] }),
    around(),
  ).subnets;
  t.same(
    own.map((one) => one.subnet),
    ['fd00:1::/64', '10.89.0.0/24'],
  );
  const six = planNewNetwork(asked({ subnets: [subnet('fd00:1::/64')] }), around());
  t.equal(six.subnets.length, 1);
  t.equal(six.ipv6, true);
});

t.test('gateways', async (t) => {
  const gateway = (changes: Partial<NetworkCreation>) =>
    planNewNetwork(asked({ subnets: [subnet('10.1.0.0/24')], ...changes }), around()).subnets[0]
      ?.gateway;
  t.equal(gateway({}), '10.1.0.1');
  t.equal(gateway({ internal: true }), '10.1.0.1', 'names are answered there');
  t.equal(gateway({ internal: true, dns: false }), null);
  t.equal(gateway({ subnets: [subnet('10.1.0.0/31')] }), '10.1.0.1');
  t.equal(gateway({ subnets: [subnet('10.1.0.4/32')] }), '10.1.0.4');
});

t.test("options, as podman's file has them", async (t) => {
  const network = planNewNetwork(
    asked({
      options: {
        isolate: '1',
        no_default_route: 'T',
        'com.docker.network.driver.mtu': '1400',
        'com.docker.network.bridge.name': 'br9',
      },
    }),
    around(),
  );
  t.same(network.options, { isolate: 'true', no_default_route: 'true', mtu: '1400' });
  t.equal(network.interfaceName, 'br9');
  const vlans = asked({ interfaceName: 'podman1', options: { vlan: '7' } });
  t.equal(planNewNetwork(vlans, around({ networks: [first] })).interfaceName, 'podman1');
});

t.test('macvlan', async (t) => {
  const network = planNewNetwork(
    asked({ driver: 'macvlan', options: { parent: 'eth0', mode: 'private' } }),
    around(),
  );
  t.match(network, {
    interfaceName: 'eth0',
    dns: false,
    options: { mode: 'private' },
    ipamOptions: { driver: 'dhcp' },
  });
  t.notOk('parent' in network.options);
});

t.test("refusals, in podman's words", async (t) => {
  const refused: [string, Partial<NetworkCreation>][] = [
    [
      'network name a/b invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument',
      { name: 'a/b' },
    ],
    [
      'network name a b invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument',
      { name: 'a b' },
    ],
    [
      'cannot create network with name "host" because it conflicts with a valid network mode',
      { name: 'host' },
    ],
    ['network name first already used: network already exists', { name: 'first' }],
    ['unsupported ipam driver "x"', { ipamDriver: 'x' }],
    [
      'none ipam driver is set but subnets are given',
      { ipamDriver: 'none', subnets: [subnet('10.1.0.0/24')] },
    ],
    ['failed to find driver or plugin "x"', { driver: 'x' }],
    ['unsupported bridge network option x', { options: { x: '1' } }],
    ['unsupported bridge network option constructor', { options: { constructor: '1' } }],
    ['strconv.Atoi: parsing "x": invalid syntax', { options: { mtu: 'x' } }],
    ['mtu -1 is less than zero', { options: { mtu: '-1' } }],
    ['vlan ID 4095 must be between 0 and 4094', { options: { vlan: '4095' } }],
    [
      'failed to parse isolate option: strconv.ParseBool: parsing "x": invalid syntax',
      { options: { isolate: 'x' } },
    ],
    ['strconv.ParseUint: parsing "-1": invalid syntax', { options: { metric: '-1' } }],
    ['unknown bridge mode "x"', { options: { mode: 'x' } }],
    ['bridge name podman1 already in use', { interfaceName: 'podman1' }],
    [
      'bridge name a/b invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument',
      { interfaceName: 'a/b' },
    ],
    [
      "bridge name abcdefghijklmnop invalid: an interface's name has at most 15 characters",
      { interfaceName: 'abcdefghijklmnop' },
    ],
    [
      'subnet 10.89.0.128/25 is already used on the host or by another config',
      { subnets: [subnet('10.89.0.128/25')] },
    ],
    [
      'subnet 192.168.0.0/16 is already used on the host or by another config',
      { subnets: [subnet('192.168.0.0/16')] },
    ],
    [
      'subnet 10.1.0.0/25 is already used on the host or by another config',
      { subnets: [subnet('10.1.0.0/24'), subnet('10.1.0.0/25')] },
    ],
    [
      'gateway 10.2.0.1 not in subnet 10.1.0.0/24',
      { subnets: [subnet('10.1.0.0/24', '10.2.0.1')] },
    ],
    [
      'lease range start ip 10.2.0.1 not in subnet 10.1.0.0/24',
      {
        subnets: [
          { ...subnet('10.1.0.0/24'), leaseRange: { first: '10.2.0.1', last: '10.2.0.9' } },
        ],
      },
    ],
    [
      'route destination invalid',
      { routes: [{ destination: '10.1.0.5/24', gateway: '10.1.0.1', metric: null }] },
    ],
    [
      'cannot set NetworkDNSServers if DNS is not enabled for the network: invalid argument',
      { dns: false, dnsServers: ['1.1.1.1'] },
    ],
    [
      'unable to parse ip x specified in NetworkDNSServers: invalid argument',
      { dnsServers: ['x'] },
    ],
    ['parent interface eth9 does not exist', { driver: 'macvlan', options: { parent: 'eth9' } }],
    ['unknown macvlan mode "x"', { driver: 'macvlan', options: { mode: 'x' } }],
    [
      'macvlan driver needs at least one subnet specified when the host-local ipam driver is set',
      { driver: 'macvlan', ipamDriver: 'host-local' },
    ],
    [
      'ipam driver dhcp set but subnets are set',
      { driver: 'macvlan', ipamDriver: 'dhcp', subnets: [subnet('10.1.0.0/24')] },
    ],
  ];
  for (const [message, changes] of refused) {
    t.throws(() => planNewNetwork(asked(changes), around({ networks: [first] })), { message });
  }
});
