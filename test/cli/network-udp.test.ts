import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'pasta', 'perl');
const sandbox = new Sandbox();

/** Answers with its port, whom it sees, and what it was sent; ends when it is told to. */
const server = `use IO::Socket::INET;
for my $port (53, 54) {
  next if fork;
  my $socket = IO::Socket::INET->new(Proto => "udp", LocalPort => $port) or die;
  while (defined $socket->recv(my $data, 65536)) {
    kill "TERM", 1 if $data eq "end";
    $socket->send("$port " . $socket->peerhost . " $data");
  }
  exit;
}
$SIG{TERM} = sub { exit 3 };
sleep while 1;`;
// The embedded image has no server for datagrams.
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const serve = ['hello', '/usr/bin/perl', '-e', server];

async function bound(port: number, address = '0.0.0.0'): Promise<Socket | null> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(null));
    socket.bind({ port, address, exclusive: true }, () => resolve(socket));
  });
}

async function isFree(port: number): Promise<boolean> {
  const socket = await bound(port);
  socket?.close();
  return socket !== null;
}

/** The first of so many free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await bound(0);
    const port = first?.address().port ?? 0;
    first?.close();
    const all = Array.from({ length: count }, (_, index) => isFree(port + index));
    if (port + count < 65_536 && (await Promise.all(all)).every((free) => free)) return port;
  }
}

async function client(address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** What comes back, from that very address; asks again until something does. Empty: nothing. */
async function ask(address: string, port: number, text: string, tries = 300): Promise<string> {
  const socket = await client(address, port);
  let answer = '';
  socket.on('message', (message) => {
    answer = message.toString();
  });
  for (let i = 0; i < tries && answer === ''; i += 1) {
    socket.send(text, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  socket.close();
  return answer;
}

/** Pids of the relay of a container and of the monitor that has started it. */
function relayOf(name: string): { relay: number; monitor: number } | null {
  const payload = sandbox.ok('inspect', '--format', '{{.State.Pid}}', name).trim();
  const [relay] = inProcesses((process) => {
    const [, verb, asked, monitor] = process.words();
    const found = verb === 'relay' && asked === payload;
    return found ? { relay: process.pid, monitor: Number(monitor) } : null;
  });
  return relay ?? null;
}

/** Whether a process runs; one that nobody has waited for does not. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('UDP ports are reached from the host itself', async (t) => {
  const port = await freePorts(3);
  const range = `${port + 1}-${port + 2}:53-54/udp`;
  const publish = ['-p', `127.0.0.1:${port}:53/udp`, '-p', range];
  sandbox.ok('run', '-d', '--name', 'u', '--restart', 'always', ...publish, ...system, ...serve);
  // Never 127.0.0.1, which servers tend to trust.
  t.equal(await ask('127.0.0.1', port, 'a'), '53 10.0.2.100 a');
  t.equal(await ask('127.0.0.1', port + 1, 'b'), '53 10.0.2.100 b');
  t.equal(await ask('127.0.0.1', port + 2, 'c'), '54 10.0.2.100 c', 'a range');
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = others.find(({ family, internal }) => family === 'IPv4' && !internal);
  for (const address of ['127.0.0.2', ...(outside === undefined ? [] : [outside.address])]) {
    const seen = address === '127.0.0.2' ? '10.0.2.100' : address;
    t.equal(await ask(address, port + 1, 'd'), `53 ${seen} d`, address);
    t.equal(await ask(address, port, 'e', 3), '', `${address} was not published`);
  }
  const large = 'x'.repeat(60_000);
  t.equal(await ask('127.0.0.1', port, large), `53 10.0.2.100 ${large}`);

  const taken = sandbox.run(['run', '--rm', '-p', `${port}:53/udp`, 'hello', 'true']);
  t.equal(taken.code, 126);
  t.match(taken.stderr, /^Error: cannot publish \S+: address already in use\n$/);

  const before = relayOf('u');
  const status = readFileSync(`/proc/${before?.relay}/status`, 'utf8');
  // Over the container's network: addresses of clients, routes back to them, and who has a port.
  t.match(status, /^CapPrm:\t0*3400$/m);
  t.match(status, /^NoNewPrivs:\t1$/m);
  t.match(status, /^Seccomp:\t2$/m);
  const socket = await client('127.0.0.1', port);
  socket.send('end');
  await eventually('the relay ends with its container', () => !runs(before?.relay ?? 0));
  socket.close();
  t.equal(await ask('127.0.0.1', port, 'f'), '53 10.0.2.100 f', 'after a restart');

  const { relay } = relayOf('u') ?? { relay: 0 };
  t.ok(runs(relay));
  sandbox.ok('rm', '-f', 'u');
  t.notOk(runs(relay), 'nothing is left');
  for (const free of [port, port + 1, port + 2]) t.ok(await isFree(free));
});

t.test('clients at the same time get their own answers', async (t) => {
  const port = await freePorts(1);
  sandbox.ok('run', '-d', '--name', 'u', '-p', `${port}:53/udp`, ...system, ...serve);
  await ask('127.0.0.1', port, 'ready');
  // More than the relay has places for: the oldest ones give way.
  const clients = Array.from({ length: 700 }, () => client('127.0.0.1', port));
  const asking = await Promise.all(clients);
  const answers = asking.map(() => new Set<string>());
  asking.forEach((socket, index) => {
    socket.on('message', (message) => answers[index]?.add(message.toString()));
  });
  for (let i = 0; i < 300 && answers.some(({ size }) => size === 0); i += 1) {
    asking.forEach((socket, index) => {
      if (answers[index]?.size === 0) socket.send(`n${index}`, () => undefined);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.same(
    answers.map((set) => [...set]),
    asking.map((_, index) => [`53 10.0.2.100 n${index}`]),
  );
  for (const socket of asking) socket.close();
  const { relay, monitor } = relayOf('u') ?? { relay: 0, monitor: 0 };
  const sockets = sandbox.ok('exec', 'u', 'cat', '/proc/net/udp').trim().split('\n').length;
  t.ok(sockets > 500 && sockets < 530, `${sockets} sockets`);
  // The relay is not dumpable: only root looks into it.
  if (process.getuid?.() === 0) {
    const descriptors = readdirSync(`/proc/${relay}/fd`).length;
    t.ok(descriptors > 500 && descriptors < 530, `${descriptors} descriptors`);
  }

  process.kill(monitor, 'SIGKILL');
  await eventually('the relay ends with the monitor', () => !runs(relay));
  sandbox.ok('rm', '-f', 'u');
  t.ok(await isFree(port));
});

t.test('ports that cannot be had', async (t) => {
  const port = await freePorts(1);
  const both = ['-p', `${port}:53/udp`, '-p', `127.0.0.1:${port}:54/udp`];
  const taken = sandbox.run(['run', '--rm', ...both, 'hello', 'true']);
  t.equal(taken.code, 126);
  t.match(taken.stderr, /^Error: .*cannot publish 127.0.0.1:\d+\/udp: address already in use\n$/);
  t.ok(await isFree(port));
  const ipv6 = ['-p', `[::1]:${port}:53/udp`];
  sandbox.ok('run', '--rm', ...ipv6, 'hello', 'true');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
