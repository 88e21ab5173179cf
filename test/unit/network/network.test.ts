import t from 'tap';
import { isIP } from '../../../src/base/ip-address.ts';
import { buildHosts } from '../../../src/network/hosts.ts';
import { portArguments } from '../../../src/network/pasta.ts';
import { foldPorts, formatPort } from '../../../src/network/ports.ts';
import { buildResolvConf, parseResolvConf } from '../../../src/network/resolv-conf.ts';
import {
  addHostForward,
  guestAddress,
  parseResponse,
  parseSlirpOptions,
  slirpHelper,
} from '../../../src/network/slirp4netns.ts';
import { usualNetwork } from '../../../src/network/types.ts';
import { plainAttachment } from '../../../src/request/attachment.ts';
import { parseNetwork } from '../../../src/request/network-words.ts';
import { parsePort } from '../../../src/request/ports.ts';

t.test('ports', async (t) => {
  t.same(parsePort('80'), {
    hostIp: null,
    hostPort: null,
    containerPort: 80,
    count: 1,
    protocol: 'tcp',
  });
  t.same(parsePort('8080:80/udp'), {
    hostIp: null,
    hostPort: 8080,
    containerPort: 80,
    count: 1,
    protocol: 'udp',
  });
  t.match(parsePort('127.0.0.1:8000-8002:90-92'), {
    hostIp: '127.0.0.1',
    hostPort: 8000,
    containerPort: 90,
    count: 3,
  });
  t.match(parsePort('[::1]:1:2'), { hostIp: '::1', hostPort: 1, containerPort: 2 });
  t.match(parsePort('127.0.0.1::80'), { hostIp: '127.0.0.1', hostPort: null });
  for (const bad of [
    '',
    '0',
    '65536',
    'x',
    '1:2:3',
    '1.2.3:1:2',
    '5-2',
    '1-2:3',
    '80/icmp',
    '[::1]:80',
    '1:2:3:4',
  ]) {
    t.throws(() => parsePort(bad), { code: 'bad-port' }, bad);
  }
  t.equal(
    formatPort({ hostIp: '::1', hostPort: 1, containerPort: 2, protocol: 'udp', count: 1 }),
    '[::1]:1->2/udp',
  );
});

t.test('adjacent ports are listed as one', async (t) => {
  const port = (hostPort: number, containerPort: number, hostIp = '0.0.0.0') => ({
    ...{ hostIp, hostPort, containerPort },
    protocol: 'tcp' as const,
  });
  const folded = foldPorts([port(8000, 80), port(8001, 81), port(8002, 90), port(8003, 91, '::')]);
  t.same(folded.map(formatPort), [
    '0.0.0.0:8000-8001->80-81/tcp',
    '0.0.0.0:8002->90/tcp',
    '[::]:8003->91/tcp',
  ]);
});

t.test('addresses', async (t) => {
  for (const good of ['1.2.3.4', '255.255.255.255']) t.equal(isIP(good), 4, good);
  for (const good of ['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'])
    t.equal(isIP(good), 6, good);
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '1.2.3.4:5',
  ])
    t.equal(isIP(bad), 0, bad);
});

t.test('--network', async (t) => {
  t.same(parseNetwork('slirp4netns:mtu=1500,enable_ipv6=true'), {
    mode: 'slirp4netns',
    options: ['mtu=1500', 'enable_ipv6=true'],
  });
  t.same(parseNetwork('container:abc'), { mode: 'container', container: 'abc' });
  const bridge = (...networks: unknown[]) => ({ mode: 'bridge', networks });
  t.same(parseNetwork('x'), bridge(plainAttachment('x')));
  t.same(parseNetwork('x,y'), bridge(plainAttachment('x'), plainAttachment('y')));
  t.same(parseNetwork('bridge'), bridge(plainAttachment(null)));
  t.same(parseNetwork(''), { mode: 'default' });
  for (const bad of [
    ':ip=10.0.0.1',
    'x,',
    'none:x',
    'container:',
    'pod',
    'pasta:a b',
    'slirp4netns:a,,b',
  ])
    t.throws(() => parseNetwork(bad), { code: 'bad-network' }, bad);
});

t.test('slirp4netns', async (t) => {
  const options = parseSlirpOptions(['cidr=10.9.0.0/16', 'mtu=1400', 'allow_host_loopback=true']);
  t.equal(guestAddress(options), '10.9.0.100');
  const port = { hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' } as const;
  t.same(addHostForward(port, '10.9.0.100'), {
    execute: 'add_hostfwd',
    arguments: {
      proto: 'tcp',
      host_addr: '0.0.0.0',
      host_port: 8080,
      guest_addr: '10.9.0.100',
      guest_port: 80,
    },
  });
  const plain = slirpHelper({
    options: parseSlirpOptions([]),
    ports: [],
    apiSocket: '/run/x/slirp4netns',
    defaults: usualNetwork,
  });
  t.ok(plain.argv.includes('--disable-host-loopback') && plain.argv.includes('--enable-seccomp'));
  t.equal(plain.apiSocket, '');
  t.equal(plain.portRelay, null);
  const datagrams = { hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53 };
  const relayed = slirpHelper({
    options,
    ports: [{ ...datagrams, protocol: 'udp' }],
    apiSocket: '/r/s',
    defaults: usualNetwork,
  });
  t.same(relayed.portRelay, {
    addresses: [
      ...[0, 0, 0xffff, 0x0a09_0064, 0, 0, 0xffff, 0x0a09_0002],
      ...[0, 0, 0, 0, 0, 0, 0, 0],
    ],
    neighbours: [],
    ports: [17, 0, 0, 0, 0xffff, 0x7f00_0001, 5353, 53],
  });
  t.same([relayed.apiRequests, relayed.apiSocket, relayed.holdsPorts], [[], '', false]);
  t.notOk(
    slirpHelper({
      options,
      ports: [port],
      apiSocket: '/r/s',
      defaults: usualNetwork,
    }).argv.includes('--disable-host-loopback'),
  );
  for (const bad of ['x=1', 'mtu=5', 'cidr=here', 'enable_ipv6=1', 'port_handler=x'])
    t.throws(() => parseSlirpOptions([bad]), { code: 'bad-network' }, bad);
  t.same(parseResponse('{"return":{"id":1}}'), { id: 1 });
  t.throws(() => parseResponse('{"error":{"desc":"bad request"}}'), { code: 'slirp-refused' });
});

t.test('pasta', async (t) => {
  t.same(
    portArguments([
      { hostIp: '0.0.0.0', hostPort: 1, containerPort: 2, protocol: 'tcp' },
      { hostIp: '127.0.0.1', hostPort: 3, containerPort: 4, protocol: 'udp' },
    ]),
    ['-t', '1:2', '-u', '127.0.0.1/3:4'],
  );
});

t.test('resolv.conf', async (t) => {
  const host = parseResolvConf(
    '# c\nnameserver 127.0.0.1\nnameserver 1.1.1.1\nsearch a b\noptions ndots:2\n',
  );
  const base = {
    host,
    servers: [],
    search: [],
    options: [],
    helperServer: null,
    sharesHost: false,
  };
  t.equal(buildResolvConf(base), 'search a b\nnameserver 1.1.1.1\noptions ndots:2\n');
  t.match(
    buildResolvConf({ ...base, helperServer: '10.0.2.3', helperServer6: 'fd00::3' }),
    /^nameserver 10\.0\.2\.3\nnameserver fd00::3\nnameserver 1\.1\.1\.1$/m,
  );
  t.equal(
    buildResolvConf({ ...base, helperServer: '10.0.2.3' }),
    'search a b\nnameserver 10.0.2.3\nnameserver 1.1.1.1\noptions ndots:2\n',
  );
  t.equal(
    buildResolvConf({ ...base, servers: ['9.9.9.9'], search: ['.'], options: ['x'] }),
    'nameserver 9.9.9.9\noptions x\n',
  );
  t.match(buildResolvConf({ ...base, sharesHost: true }), /127\.0\.0\.1/);
});

t.test('hosts', async (t) => {
  const input = {
    base: '127.0.0.1 localhost\n10.1.1.1 other # note\n10.1.1.2 me\n',
    baseAsked: false,
    added: [{ host: 'a', address: '1.2.3.4' }],
    addresses: ['10.0.2.100'],
    hostAddress: '10.0.2.2',
    hostname: 'me',
    name: 'web',
  };
  const text = buildHosts(input);
  t.equal(
    text,
    '1.2.3.4\ta\n127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n10.1.1.1 other\n10.0.2.2\thost.containers.internal host.docker.internal\n10.0.2.100\tme web\n',
  );
  const asked = buildHosts({ ...input, baseAsked: true });
  t.match(asked, /10\.1\.1\.2 me\n(.*\n)*10\.0\.2\.100\tweb\n/, 'it says who the container is');
  t.match(buildHosts({ ...input, baseAsked: true, name: 'me' }), /internal\n$/, 'all of it');
});
