import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { serverWords } from '../support/server-words.ts';

requirePrograms('slirp4netns', 'nft', 'perl');
const sandbox = new Sandbox();
// Four of its own for each of the files that run at the same time.
const port = 24_000 + ((process.pid * 4) % 8000);

/**
 * Servers of both protocols at port 53, for the families that are asked for: they say whom they see. A datagram "call
 * ADDRESS PORT" has one go there, from port 53.
 */
const program = `use IO::Socket::IP -register; use Socket qw(:all);
for my $family (map { $_ eq "4" ? AF_INET : AF_INET6 } @ARGV) {
  my @own = (LocalHost => $family == AF_INET ? "0.0.0.0" : "::", LocalPort => 53, V6Only => 1);
  unless (fork) {
    my $l = IO::Socket::IP->new(@own, Listen => 64, ReuseAddr => 1) or die;
    while (my $c = $l->accept) { print $c $c->peerhost; close $c }
  }
  unless (fork) {
    my $s = IO::Socket::IP->new(@own, Type => SOCK_DGRAM) or die;
    while (defined(my $from = recv $s, my $data, 1000, 0)) {
      my (undef, $host, $service) = getnameinfo($from, NI_NUMERICHOST | NI_NUMERICSERV);
      send $s, "$host $service", 0, $from;
      my (undef, $to, $at) = split / /, $data;
      send $s, "called", 0, pack_sockaddr_in($at, inet_aton($to)) if $to;
    }
  }
}
sleep while 1;`;
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const serve = (...families: string[]): string[] => [
  ...[...system, 'hello', '/usr/bin/perl', '-e', program],
  ...families,
];

const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const outside = (family: string): string =>
  addresses.find((one) => one.family === family && !one.internal && !one.address.startsWith('fe80'))
    ?.address ?? '';
const outside4 = outside('IPv4');
const outside6 = outside('IPv6');

async function clientAt(address: string, own = 0): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  socket.bind(own, address);
  await once(socket, 'listening');
  return socket;
}

/** What comes back for a datagram from there, which is sent until something does. */
async function answer(socket: Socket, to: string, at: number, text = 'x'): Promise<string> {
  let got = '';
  const hear = (message: Buffer): void => {
    got = message.toString();
  };
  socket.on('message', hear);
  for (let tries = 0; tries < 300 && got === ''; tries += 1) {
    socket.send(text, at, to, () => undefined);
    await setTimeout(50);
  }
  socket.off('message', hear);
  return got;
}

const publish = ['-p', `${port}:53/udp`, '-p', `${port + 1}:53/udp`, '-p', `${port}:53`];

t.test('servers on a bridge of both families see their clients', async (t) => {
  sandbox.ok('network', 'create', '--ipv6', 'both');
  sandbox.ok('run', '-d', '--name', 'b', '--network', 'both', ...publish, ...serve('4', '6'));
  for (const address of [outside4, outside6]) {
    const client = await clientAt(address);
    const own = `${address} ${client.address().port}`;
    t.equal(await answer(client, address, port), own, `UDP from ${address}`);
    // A second port of the host that leads to the same one: its answers come from there.
    const other = await answer(client, address, port + 1);
    t.match(other, new RegExp(`^${address} \\d+$`));
    t.not(other, own, 'another flow');
    t.equal(await answer(client, address, port), own, 'and the first is as it was');
    t.equal(await serverWords(address, port), address, `TCP from ${address}`);
    client.close();
  }
  const gateways = sandbox.ok(
    'network',
    'inspect',
    '-f',
    '{{range .Subnets}}{{.Gateway}} {{end}}',
    'both',
  );
  const [gateway4 = '', gateway6 = ''] = gateways.trim().split(' ');
  t.equal(await serverWords('127.0.0.1', port), gateway4, 'the gateway stands for the loopback');
  t.equal(await serverWords('::1', port), gateway6);
  // Never an address that servers tend to trust.
  for (const [client, own] of [
    [await clientAt('127.0.0.1'), '127.0.0.1'],
    [await clientAt('::1'), '::1'],
  ] as const) {
    const seen = await answer(client, own, port);
    t.match(seen, /^\S+ \d+$/);
    t.notMatch(seen, /^(127\.|::1 )/);
    client.close();
  }
});

/** A server of UDP of its own, at one port of the container that is published at `port + 2`. */
function serveAt(containerPort: number): void {
  sandbox.run(['rm', '-f', '-t', '0', 's']);
  const where = ['--network', 'both', '-p', `${port + 2}:${containerPort}/udp`];
  const words = ['/usr/bin/perl', '-e', program.replaceAll('53', String(containerPort)), '4'];
  sandbox.ok('run', '-d', '--name', 's', ...where, ...system, 'hello', ...words);
}

t.test('a server of UDP goes on calling others from its published port', async (t) => {
  serveAt(port + 2);
  const [asking, called] = [await clientAt('127.0.0.1'), await clientAt(outside4)];
  t.match(await answer(asking, '127.0.0.1', port + 2), /^\d+\.\d+\.\d+\.\d+ \d+$/);
  let heard = '';
  called.on('message', (message) => {
    heard = message.toString();
  });
  for (let tries = 0; tries < 100 && heard === ''; tries += 1) {
    await answer(asking, '127.0.0.1', port + 2, `call ${outside4} ${called.address().port}`);
    await setTimeout(50);
  }
  t.equal(heard, 'called');
  for (const socket of [asking, called]) socket.close();
});

t.test('a client with the very port of the server is shown, and in nobody’s way', async (t) => {
  const client = await clientAt(outside4, port + 3);
  t.equal(await answer(client, outside4, port + 2), `${outside4} ${port + 3}`);
  client.close();
  serveAt(port + 3);
  const same = await clientAt(outside4, port + 3);
  t.match(await answer(same, outside4, port + 2), new RegExp(`^${outside4} \\d+$`));
  same.close();
});

t.test('clients of one family reach servers of the other', async (t) => {
  sandbox.ok('rm', '-f', '-t', '0', 'b');
  sandbox.ok('run', '-d', '--name', 'b', '--network', 'both', ...publish, ...serve('4'));
  const client = await clientAt(outside6);
  t.match(await answer(client, outside6, port), /^\d+\.\d+\.\d+\.\d+ \d+$/);
  t.match(await serverWords(outside6, port), /^\d+\.\d+\.\d+\.\d+$/);
  sandbox.ok('rm', '-f', '-t', '0', 'b');
  sandbox.ok('run', '-d', '--name', 'b', '--network', 'both', ...publish, ...serve('6'));
  const client4 = await clientAt(outside4);
  t.match(await answer(client4, outside4, port), /^[0-9a-f]*:[0-9a-f:]+ \d+$/);
  t.match(await serverWords(outside4, port), /^[0-9a-f]*:[0-9a-f:]+$/);
  for (const socket of [client, client4]) socket.close();
});

t.test('servers behind slirp4netns see their clients', async (t) => {
  sandbox.ok('rm', '-f', '-t', '0', 'b');
  const network = ['--network', 'slirp4netns:enable_ipv6=true'];
  sandbox.ok('run', '-d', '--name', 'b', ...network, ...publish, ...serve('4', '6'));
  for (const address of [outside4, outside6]) {
    // The container's address of IPv6 comes a while after it has started; a flow stays where it has begun.
    let [seen, own] = ['', 'nobody'];
    for (let tries = 0; tries < 100 && seen !== own; tries += 1) {
      const client = await clientAt(address);
      own = `${address} ${client.address().port}`;
      seen = await answer(client, address, port);
      client.close();
      if (seen !== own) await setTimeout(100);
    }
    t.equal(seen, own);
    t.equal(await serverWords(address, port), address);
  }
});

t.test('a port of one address of IPv6', async (t) => {
  sandbox.ok('rm', '-f', '-t', '0', 'b');
  sandbox.ok('run', '-d', '--name', 'b', '-p', `[::1]:${port}:53/udp`, ...serve('4'));
  const client = await clientAt('::1');
  t.match(await answer(client, '::1', port), /^10\.0\.2\.100 \d+$/);
  t.match(sandbox.ok('port', 'b'), `53/udp -> [::1]:${port}`);
  client.close();
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
