import t from 'tap';
import { formatNetwork, readNetwork } from '../../../../src/network/config/file-format.ts';

/** A file that podman 5.4.2 has written. */
const ofPodman = `{
     "name": "zz",
     "id": "501d7edab18ed1dad9e426acda3f6aa248a664e4dc71d1fca31069ea55586879",
     "driver": "bridge",
     "network_interface": "podman1",
     "created": "2026-11-30T06:02:57.106822331Z",
     "subnets": [
          {
               "subnet": "10.44.0.0/24",
               "gateway": "10.44.0.9",
               "lease_range": {
                    "start_ip": "10.44.0.129",
                    "end_ip": "10.44.0.255"
               }
          },
          {
               "subnet": "fd44::/64",
               "gateway": "fd44::1"
          }
     ],
     "routes": [
          {
               "destination": "10.1.0.0/24",
               "gateway": "10.44.0.7",
               "metric": 33
          }
     ],
     "ipv6_enabled": true,
     "internal": false,
     "dns_enabled": true,
     "network_dns_servers": [
          "9.9.9.9"
     ],
     "labels": {
          "a": "b"
     },
     "options": {
          "isolate": "true",
          "mtu": "1400",
          "no_default_route": "true"
     },
     "ipam_options": {
          "driver": "host-local"
     }
}
`;

t.test("podman's file is read, and written as podman writes it", async (t) => {
  const network = readNetwork(ofPodman, 'zz.json');
  t.equal(formatNetwork(network), ofPodman);
  t.same(network.subnets[0], {
    subnet: '10.44.0.0/24',
    gateway: '10.44.0.9',
    leaseRange: { first: '10.44.0.129', last: '10.44.0.255' },
  });
  t.same(network.routes, [{ destination: '10.1.0.0/24', gateway: '10.44.0.7', metric: 33 }]);
});

t.test('a gateway that a file leaves out is the first address', async (t) => {
  const text = (internal: boolean, dns: boolean) =>
    JSON.stringify({
      name: 'x',
      id: 'a'.repeat(64),
      driver: 'bridge',
      subnets: [{ subnet: '10.1.0.0/24' }],
      internal,
      dns_enabled: dns,
    });
  const gateway = (internal: boolean, dns: boolean) =>
    readNetwork(text(internal, dns), 'x.json').subnets[0]?.gateway;
  t.equal(gateway(false, false), '10.1.0.1');
  t.equal(gateway(true, true), '10.1.0.1');
  t.equal(gateway(true, false), null);
});

t.test('files that are no networks', async (t) => {
  const good = { name: 'x', id: 'a'.repeat(64), driver: 'bridge' };
  const wrong: Record<string, unknown> = {
    'it is no JSON': '{',
    'it is no object': [],
    'its name "y" is not that of the file': { ...good, name: 'y' },
    'invalid network ID "../../x"': { ...good, id: '../../x' },
    'gateway 10.2.0.1 not in subnet 10.1.0.0/24': {
      ...good,
      subnets: [{ subnet: '10.1.0.0/24', gateway: '10.2.0.1' }],
    },
    'subnet invalid: invalid CIDR address: 10.1': { ...good, subnets: [{ subnet: '10.1' }] },
    'labels.a is no text': { ...good, labels: { a: 1 } },
    'subnets is no list': { ...good, subnets: {} },
    'a route is incomplete': { ...good, routes: [{ destination: '10.0.0.0/8' }] },
  };
  for (const [message, value] of Object.entries(wrong)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    t.throws(() => readNetwork(text, 'x.json'), { message });
  }
  t.throws(() => readNetwork(JSON.stringify({ ...good, name: 'a b' }), 'a b.json'), {
    message: 'invalid name "a b"',
  });
});
