import t from 'tap';
import type { Network } from '../../../../src/network/config/network.ts';
import { resolveAttachment, resolveNetwork } from '../../../../src/network/config/resolve.ts';
import { readAttachment } from '../../../../src/request/attachment.ts';

const network: Network = {
  name: 'back',
  id: 'b'.repeat(64),
  driver: 'bridge',
  interfaceName: 'podman3',
  created: '2026-01-01T00:00:00Z',
  subnets: [
    {
      subnet: '10.89.3.0/24',
      gateway: '10.89.3.1',
      leaseRange: { first: '10.89.3.9', last: null },
    },
    { subnet: 'fd00:3::/64', gateway: 'fd00:3::1', leaseRange: null },
  ],
  routes: [],
  ipv6: true,
  internal: false,
  dns: true,
  dnsServers: ['9.9.9.9'],
  labels: {},
  options: { mtu: '1400', metric: '7', isolate: 'strict', vlan: '0' },
  ipamOptions: { driver: 'host-local' },
};

const names = { name: 'Web', shortId: 'cccccccccccc', hostname: 'web' };

t.test('a network as containers need it', async (t) => {
  t.same(resolveNetwork(network), {
    id: network.id,
    name: 'back',
    link: {
      driver: 'bridge',
      bridge: 'podman3',
      parent: '',
      mode: null,
      mtu: 1400,
      vlan: null,
      isolate: 'strict',
    },
    subnets: [
      {
        subnet: '10.89.3.0/24',
        gateway: '10.89.3.1',
        leaseRange: { first: '10.89.3.9', last: '10.89.3.255' },
      },
      { subnet: 'fd00:3::/64', gateway: 'fd00:3::1', leaseRange: null },
    ],
    routing: { metric: 7, noDefaultRoute: false, routes: [] },
    internal: false,
    dns: true,
    dnsServers: ['9.9.9.9'],
    ipam: 'host-local',
    egress: null,
  });
  t.throws(() => resolveNetwork({ ...network, driver: 'ipvlan' }), { code: 'bad-network' });
  t.throws(() => resolveNetwork({ ...network, options: { mtu: 'x' } }), { code: 'bad-network' });
});

t.test('an attachment', async (t) => {
  const asked = readAttachment(
    'back',
    'ip=10.89.3.7,ip6=fd00:3::7,mac=02-00-00-00-00-0A,alias=DB,alias=web',
  );
  t.match(resolveAttachment(network, asked, { names, index: 1, egress: null }), {
    interfaceName: 'eth1',
    hostInterfaceName: null,
    addresses: [
      { address: '10.89.3.7', prefix: 24 },
      { address: 'fd00:3::7', prefix: 64 },
    ],
    mac: '02:00:00:00:00:0a',
    names: ['web', 'db', 'cccccccccccc'],
  });
});

t.test('addresses that cannot be had', async (t) => {
  const wrong: Record<string, string> = {
    'ip=10.90.0.1': 'requested static ip 10.90.0.1 not in any subnet on network back',
    'ip=10.89.3.1': 'requested static ip 10.89.3.1 is the gateway of network back',
    'ip=10.89.3.0': 'requested static ip 10.89.3.0 is no address of a host on network back',
    'ip=10.89.3.255': 'requested static ip 10.89.3.255 is no address of a host on network back',
    'ip=10.89.3.5,ip=10.89.3.6': 'more than one static ip in a subnet of network back',
  };
  for (const [words, message] of Object.entries(wrong)) {
    const asked = readAttachment('back', words);
    t.throws(
      () => resolveAttachment(network, asked, { names, index: 0, egress: null }),
      { message },
      words,
    );
  }
});
