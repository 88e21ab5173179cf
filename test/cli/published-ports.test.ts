import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'perl');
const sandbox = new Sandbox();

/**
 * A server on several ports: says whom it sees, and then what it was sent, until the client has said all. On port 81 it
 * resets what it has accepted; on 82 nobody listens.
 */
const program = `use IO::Socket::INET; use Socket;
my @all = map { IO::Socket::INET->new(LocalPort => $_, Listen => 4096, ReuseAddr => 1) or die } 80, 81, 90 .. 99;
$SIG{CHLD} = "IGNORE"; $SIG{TERM} = sub { exit 0 };
my $bits = ""; vec($bits, fileno $_, 1) = 1 for @all;
while (1) {
  select my $ready = $bits, undef, undef, undef;
  for my $listener (grep { vec $ready, fileno $_, 1 } @all) {
    my $client = $listener->accept or next;
    if ($client->sockport == 81) {
      setsockopt $client, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0);
      close $client;
      next;
    }
    if (fork) { close $client; next }
    syswrite $client, $client->sockport . " " . $client->peerhost . " " . $client->peerport . "\\n";
    while (sysread $client, my $data, 65536) {
      for (my $at = 0; $at < length $data;) { $at += syswrite $client, substr $data, $at }
    }
    syswrite $client, "end";
    exit 0;
  }
}`;
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const serve = ['hello', '/usr/bin/perl', '-e', program];

/** Ports of the host that were free a moment ago: so many in a row. */
async function freePorts(count: number): Promise<number> {
  // Far from where other tests that run at the same time look, as a rule.
  for (let first = 12_000 + ((process.pid * count) % 8000); ; first += count) {
    const servers: Server[] = [];
    const free = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const server = createServer();
        servers.push(server);
        server.listen(first + index, '0.0.0.0');
        return once(server, 'listening').then(
          () => true,
          () => false,
        );
      }),
    );
    for (const server of servers) server.close();
    if (free.every(Boolean)) return first;
  }
}

async function open(port: number, host = '127.0.0.1', localPort?: number): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true, ...(localPort && { localPort }) });
  socket.setNoDelay();
  await once(socket, 'connect');
  return socket;
}

/** All that a socket says from now on; null: it was reset. */
async function rest(socket: Socket): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  try {
    for await (const part of socket) parts.push(part as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(parts);
}

async function firstLine(socket: Socket): Promise<string> {
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  return data.toString();
}

/** What the server says to somebody who says nothing; null: nothing. */
async function answer(port: number): Promise<string | null> {
  const said = await rest((await open(port)).end());
  return said === null || said.length === 0 ? null : said.toString();
}

/** What a server says that was started a moment ago. */
async function served(port: number): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const said = await answer(port).catch(() => null);
    if (said !== null) return said;
    await setTimeout(50);
  }
  throw new Error(`nobody serves port ${port}`);
}

const first = await freePorts(15);
const tcp = first;
const resets = first + 1;
const nobody = first + 2;
const own = first + 3;
const range = first + 4;
const few = first + 14;

function start(name: string, ...flags: string[]): void {
  sandbox.ok('run', '-d', '--name', name, ...flags, ...system, ...serve);
}

start(
  'server',
  ...['-p', `${tcp}:80`, '-p', `[::1]:${tcp}:80`, '-p', `${resets}:81`, '-p', `${nobody}:82`],
  ...['-p', `${range}-${range + 9}:90-99`],
);
await served(tcp);

const addresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map(({ address }) => address);

t.test('a container runs only once its ports are on record, for it may end at once', async (t) => {
  const look = ['-v', `${sandbox.root}/containers:/records:ro`, 'hello', 'sh', '-c'];
  const port = await freePort();
  const id = sandbox.ok(
    'create',
    '-p',
    `${port}:80`,
    ...look,
    'cat /records/$HOSTNAME*/ports.json',
  );
  t.match(sandbox.ok('start', '-a', id.trim()), `"hostPort":${port}`);
  sandbox.ok('rm', id.trim());
});

t.test('the server sees its client', async (t) => {
  t.not(addresses.length, 0, 'the machine has an address of its own');
  for (const address of addresses) {
    const socket = await open(tcp, address);
    t.equal(await firstLine(socket), `80 ${socket.localAddress} ${socket.localPort}\n`);
    socket.destroy();
  }
});

t.test('clients whose address cannot be shown are the gateway', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const socket = await open(tcp, host);
    t.match(await firstLine(socket), /^80 10\.0\.2\.2 \d+\n$/, host);
    socket.destroy();
  }
});

t.test('the same port of a client can be on several connections', async (t) => {
  const [address = ''] = addresses;
  const twice = `use IO::Socket::INET;
    my $one = IO::Socket::INET->new(PeerAddr => "${address}:${tcp}", ReuseAddr => 1);
    my $two = IO::Socket::INET->new(PeerAddr => "${address}:${range}", ReuseAddr => 1, LocalPort => $one->sockport);
    print $one->sockport, "\n", $one->getline, $two->getline`;
  const { stdout, stderr } = spawnSync('perl', ['-e', twice], { encoding: 'utf8' });
  t.equal(stderr, '');
  const [port = ''] = stdout.split('\n');
  t.equal(stdout, `${port}\n80 ${address} ${port}\n90 ${address} ${port}\n`);
});

t.test('every port of a range leads to its own', async (t) => {
  for (let index = 0; index < 10; index += 1) {
    const socket = await open(range + index);
    t.match(await firstLine(socket), `${90 + index} `);
    socket.destroy();
  }
});

t.test('much goes both ways, and what is left after one side has said all', async (t) => {
  const socket = await open(tcp);
  const [, port = ''] = /^80 \S+ (\d+)\n$/.exec(await firstLine(socket)) ?? [];
  t.not(port, '');
  const sent = Buffer.alloc(32 << 20, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  socket.end(sent);
  const got = await rest(socket);
  t.equal(got?.length, sent.length + 3);
  t.ok(got?.subarray(0, sent.length).equals(sent), 'nothing is changed');
  t.equal(got?.subarray(sent.length).toString(), 'end');
});

t.test('a reset, and nobody who listens, are resets', async (t) => {
  for (const port of [resets, nobody]) {
    // The reset may come before the connection is told of.
    const said = await open(port).then(rest, () => null);
    t.equal(said, null, String(port));
  }
});

t.test('a thousand connections at once', async (t) => {
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => open(tcp)));
  const lines = await Promise.all(sockets.map(firstLine));
  t.equal(new Set(lines).size, 1000);
  const ends = await Promise.all(sockets.map((socket, index) => rest(socket.end(`${index}`))));
  t.same(
    ends.map(String),
    sockets.map((_, index) => `${index}end`),
  );
});

t.test('few descriptors: what is too much is reset, and nothing of it stays', async (t) => {
  const flags = ['-d', '--name', 'few', '-p', `${few}:80`];
  const argv = ['--nofile=300:300', ...sandbox.argv(['run', ...flags, ...system, ...serve])];
  t.equal(spawnSync('prlimit', argv, { cwd: '/' }).status, 0);
  await served(few);
  for (let round = 0; round < 3; round += 1) {
    const ask = async (): Promise<Buffer | null> => rest((await open(few)).end('x'));
    const all = Array.from({ length: 400 }, () => ask().catch(() => null));
    const ends = await Promise.all(all);
    const good = ends.filter((end) => end?.toString().endsWith('xend'));
    t.ok(good.length > 50, `${good.length} of 400 are served`);
  }
  // One that is reset at the end of the last round may still be on its way.
  await served(few);
  const alone: (string | null)[] = [];
  for (let index = 0; index < 300; index += 1) alone.push(await answer(few));
  t.ok(alone.every((said) => said?.endsWith('end')));
  sandbox.ok('rm', '-f', '-t', '0', 'few');
});

t.test('the container’s own connections go where they always did', async (t) => {
  const [address = ''] = addresses;
  const server = createServer((socket) => socket.end('outside'));
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { stdout } = await sandbox.runBeside([
    ...['exec', 'server', '/usr/bin/perl', '-MIO::Socket::INET', '-e'],
    // From a published port, too, on which nobody listens.
    `print IO::Socket::INET->new(PeerAddr => "${address}:${port}")->getline`,
  ]);
  server.close();
  t.equal(stdout, 'outside');
});

t.test('slirp4netns forwards the ports when it is asked to', async (t) => {
  start('own', '--network', 'slirp4netns:port_handler=slirp4netns', '-p', `127.0.0.1:${own}:80`);
  t.match(await served(own), /^80 10\.0\.2\.2 /);
  const words = inProcesses((each) => (each.words().includes('--api-socket') ? each.pid : null));
  t.equal(words.length, 1);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
