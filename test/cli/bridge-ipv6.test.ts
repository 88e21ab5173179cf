/** IPv6 of containers on a machine whose outside world is another network namespace. */
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import {
  farAddresses,
  machineAddresses,
  Outside,
  OutsideSandbox,
  outsideAddresses,
} from '../support/outside.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'pasta', 'nft', 'perl');
if (process.getuid?.() !== 0) {
  t.pass('only root makes the outside world', { skip: true });
  process.exit(0);
}
const outside = new Outside();
await outside.begin();
const sandbox = new OutsideSandbox(outside);
const ok = (...args: string[]): string => sandbox.ok(...args);

/** Servers of both families and protocols at a port: they say whom they see. */
const program = `use IO::Socket::IP -register; use Socket qw(:all); $| = 1;
for my $family (AF_INET, AF_INET6) {
  my @own = (LocalHost => $family == AF_INET ? "0.0.0.0" : "::", LocalPort => $ARGV[0], V6Only => 1);
  my $l = IO::Socket::IP->new(@own, Listen => 64, ReuseAddr => 1) or die;
  my $s = IO::Socket::IP->new(@own, Type => SOCK_DGRAM) or die;
  unless (fork) { while (my $c = $l->accept) { print $c $c->peerhost, "\\n"; close $c } }
  unless (fork) {
    while (defined(my $from = recv $s, my $data, 1000, 0)) {
      my (undef, $host) = getnameinfo($from, NI_NUMERICHOST);
      send $s, "$host\\n", 0, $from;
    }
  }
}
print "ready\\n"; sleep while 1;`;
const serve = (port: string): string[] => ['perl', '-e', program, port];
await outside.startInWorld(...serve('7000'));

/** Asks a server by UDP until it answers. */
const askUdp = `use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1], Type => SOCK_DGRAM) or die "$@";
for (1 .. 60) { $s->send("x"); my $r = ""; vec($r, fileno $s, 1) = 1; next unless select $r, undef, undef, 0.3; if (defined $s->recv(my $d, 99)) { print $d; exit } select undef, undef, undef, 0.1 }`;
const askTcp = `use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1], Timeout => 30) or do { print "$!\\n"; exit }; print while <$s>;`;
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
/** slirp4netns gives a container its way of IPv6 a while after the start. */
const routed = 'until ip -6 route show default | grep -q .; do sleep 0.1; done; exec "$@"';
const inside = (network: string, ask: string, to: string, port = '7000'): string => {
  const words = ['sh', '-c', routed, 'sh', '/usr/bin/perl', '-e', ask, to, port];
  return ok('run', '--rm', '--network', network, ...system, 'hello', ...words);
};
const fromWorld = (ask: string, to: string, port: string): string =>
  outside.inWorld('perl', '-e', ask, to, port);
const shown = (field: string, name: string): string =>
  ok('inspect', '-f', `{{range .NetworkSettings.Networks}}{{.${field}}}{{end}}`, name).trim();

t.test('a network with --ipv6 has addresses of a local network of its own', async (t) => {
  ok('network', 'create', '--ipv6', 'six');
  ok('network', 'create', '--ipv6', 'six2');
  const subnets = ['six', 'six2'].map((name) =>
    ok('network', 'inspect', '-f', '{{range .Subnets}}{{.Subnet}} {{end}}', name).trim(),
  );
  // RFC 4193: fd, and 40 bits by chance.
  for (const subnet of subnets) t.match(subnet, /(^| )fd[0-9a-f]{2}:[0-9a-f:]+\/64( |$)/);
  t.not(subnets[0], subnets[1]);
});

t.test('the outside', async (t) => {
  for (const [network, families] of [
    ['six', ['ipv4', 'ipv6']],
    ['slirp4netns:enable_ipv6=true', ['ipv4', 'ipv6']],
    ['pasta', ['ipv4', 'ipv6']],
  ] as const) {
    for (const family of families) {
      const own = `${machineAddresses[family]}\n`;
      for (const to of [outsideAddresses[family], farAddresses[family]]) {
        t.equal(inside(network, askTcp, to), own, `${network}: TCP to ${to}`);
      }
      // From all its addresses a server of UDP would answer with the nearest.
      const near = outsideAddresses[family];
      t.equal(inside(network, askUdp, near), own, `${network}: UDP to ${near}`);
    }
  }
});

t.test('who does not listen refuses, and where no way leads is told', async (t) => {
  t.equal(inside('six', askTcp, farAddresses.ipv6, '7009'), 'Connection refused\n');
  outside.onMachine('ip', '-6', 'route', 'del', 'default');
  t.match(inside('six', askTcp, farAddresses.ipv6), /unreachable|No route/);
  outside.onMachine('ip', '-6', 'route', 'add', 'default', 'via', outsideAddresses.ipv6);
  t.equal(inside('six', askTcp, farAddresses.ipv6), `${machineAddresses.ipv6}\n`, 'again');
});

t.test('a network of IPv6 alone', async (t) => {
  ok('network', 'create', '--subnet', 'fd44:1::/64', 'alone');
  t.equal(inside('alone', askTcp, farAddresses.ipv6), `${machineAddresses.ipv6}\n`);
  const address = ['--network', 'alone', '--ip6', 'fd44:1::77'];
  ok('run', '-d', '--name', 'lonely', ...address, 'hello', 'sleep', '1000');
  t.equal(shown('GlobalIPv6Address', 'lonely'), 'fd44:1::77');
  t.equal(shown('IPAddress', 'lonely'), '');
  const asks = ['--network', 'alone', 'hello', 'nslookup', 'lonely'];
  t.match(ok('run', '--rm', ...asks), /^Address: fd44:1::77$/m);
  ok('rm', '-f', '-t', '0', 'lonely');
});

t.test('names have addresses of both families', async (t) => {
  ok('run', '-d', '--name', 'named', '--network', 'six', 'hello', 'sleep', '1000');
  const found = ok('run', '--rm', '--network', 'six', 'hello', 'nslookup', 'named');
  t.match(found, `Address: ${shown('IPAddress', 'named')}\n`);
  t.match(found, `Address: ${shown('GlobalIPv6Address', 'named')}\n`);
  const script = `nslookup ${shown('GlobalIPv6Address', 'named')}`;
  t.match(ok('run', '--rm', '--network', 'six', 'hello', 'sh', '-c', script), /name = named/);
  ok('rm', '-f', '-t', '0', 'named');
});

for (const network of ['six', 'slirp4netns:enable_ipv6=true']) {
  t.test(`${network}: published ports show clients of the outside`, async (t) => {
    const ports = [
      ...['-p', '7100:7000', '-p', '7100:7000/udp', '-p', `[${machineAddresses.ipv6}]:7101:7000`],
      ...['-p', `[${machineAddresses.ipv6}]:7101:7000/udp`, '-p', '[::]:7102:7000'],
    ];
    const words = ['--network', network, ...ports, ...system, 'hello', '/usr/bin/perl', '-e'];
    ok('run', '-d', '--name', 'server', ...words, program, '7000');
    await eventually('it serves', () => ok('logs', 'server') === 'ready\n');
    const { ipv4, ipv6 } = machineAddresses;
    const own = { ipv4: `${outsideAddresses.ipv4}\n`, ipv6: `${outsideAddresses.ipv6}\n` };
    // slirp4netns gives the container its address of IPv6 a while after the start.
    await eventually('IPv6 is there', () => fromWorld(askTcp, ipv6, '7100') === own.ipv6);
    t.equal(fromWorld(askTcp, ipv4, '7100'), own.ipv4);
    t.equal(fromWorld(askUdp, ipv4, '7100'), own.ipv4);
    t.equal(fromWorld(askUdp, ipv6, '7100'), own.ipv6);
    t.equal(fromWorld(askTcp, ipv6, '7101'), own.ipv6, 'at one address');
    t.equal(fromWorld(askUdp, ipv6, '7101'), own.ipv6);
    t.equal(fromWorld(askTcp, ipv4, '7101'), 'Connection refused\n');
    t.equal(fromWorld(askTcp, ipv6, '7102'), own.ipv6, 'at all addresses of IPv6');
    ok('rm', '-f', '-t', '0', 'server');
  });
}

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
  outside.end();
});
