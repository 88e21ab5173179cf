import { spawn, spawnSync } from 'node:child_process';
import { median } from '../support/statistics.ts';
import { testUserSpawnOptions } from '../support/user.ts';
import { userProcesses } from './memory.ts';
import {
  both,
  gigabits,
  iperf,
  type NetworkBench,
  network,
  processorTime,
  seconds,
  start,
  system,
} from './network-bench.ts';
import { measureOutwardCost, measureRest, measureStarts, once } from './network-costs.ts';
import { type Peer, run, time, timeParallel } from './peer.ts';
import { compare, report } from './report.ts';

const hostPort = { bryo: '5181', podman: '5182' } as const;

/** Asks the container's name server for a name, again and again; prints microseconds for one. */
const asks = `use IO::Socket::INET;
sub now { open my $file, '<', '/proc/uptime'; (split / /, <$file>)[0] }
my ($name, $count) = @ARGV;
open my $conf, '<', '/etc/resolv.conf';
my ($server) = map { /^nameserver (\\S+)/ ? $1 : () } <$conf>;
my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => $server, PeerPort => 53) or die;
my $question = join('', map { pack 'C/a', $_ } split /\\./, $name) . "\\0" . pack 'nn', 1, 1;
my $start = now();
for my $id (1 .. $count) {
  $socket->send(pack('n6', $id, 0x100, 1, 0, 0, 0) . $question);
  $socket->recv(my $answer, 4096);
  die "no answer" unless unpack('x6n', $answer) > 0;
}
printf "%.1f\\n", (now() - $start) * 1e6 / $count;`;

/** What carries published ports. */
const carriers = { bryo: /^bryo-relay$/, podman: /^(rootlessport|exe|podman)/ } as const;

function measureRates({ peers, image }: NetworkBench): void {
  for (const peer of [peers.bryo, peers.podman]) {
    const flags = ['-p', `127.0.0.1:${hostPort[peer.name]}:5201`, ...system];
    start(peer, 'server', image, flags, ['/usr/bin/iperf3', '-s']);
    start(peer, 'client', image, system, ['sleep', '1000']);
  }
  const inside = (peer: Peer, ...words: string[]): number =>
    gigabits(run(peer.argv('exec', 'client', ...iperf(...words))));
  const port = (peer: Peer, ...words: string[]): number =>
    gigabits(run(iperf('-c', '127.0.0.1', '-p', hostPort[peer.name], ...words)));
  for (const [way, words] of [
    ['into the container', []],
    ['out of it', ['-R']],
  ] as const) {
    const costs: Record<Peer['name'], number[]> = { bryo: [], podman: [] };
    both(`published port, ${way}`, 'Gb/s', '>= 1.00', peers, (peer) => {
      const before = processorTime(carriers[peer.name]);
      const rate = port(peer, ...words);
      const gigabytes = (rate * seconds) / 8;
      costs[peer.name].push((processorTime(carriers[peer.name]) - before) / gigabytes);
      return rate;
    });
    report('  its processor time', median(costs.bryo), median(costs.podman), 'ms/GB', '<= 1.10');
  }
  both('container to container', 'Gb/s', '>= 0.95', peers, (peer) => inside(peer, '-c', 'server'));
  measureOutward(peers, inside);
  const ask = (peer: Peer): number =>
    Number(run(peer.argv('exec', 'client', '/usr/bin/perl', '-e', asks, 'server', '5000')));
  both('a name of a neighbour', 'us', '<= 1.00', peers, ask);
  measureRest();
}

/** To the machine, by the name that both give it: pasta shows its addresses as the containers' own. */
function measureOutward(
  peers: NetworkBench['peers'],
  inside: (peer: Peer, ...words: string[]) => number,
): void {
  const words = ['-s', '-p', '5183'];
  const server = spawn('/usr/bin/iperf3', words, { stdio: 'ignore', ...testUserSpawnOptions() });
  spawnSync('sleep', ['0.5']);
  const out = (peer: Peer): number => inside(peer, '-c', 'host.containers.internal', '-p', '5183');
  both('outward', 'Gb/s', '>= 5.00', peers, out);
  const address = ['-c', 'host.containers.internal', '-p', '5183'];
  measureOutwardCost(() => run(peers.bryo.argv('exec', 'client', ...iperf(...address))));
  server.kill('SIGKILL');
}

/** What carries published ports of a container, but podman itself, which starts it. */
const relays = /^(bryo-relay|rootlessport|exe)$/;

interface Kept {
  /** PSS in KiB of all that is kept, but for the payloads. */
  all: number;
  /** Of that what carries ports. */
  relays: number;
}

/** What a bridge leaves behind for a second: taken as there before, it would be missing in what comes of the next one. */
function awaitNoBridge(): void {
  const deadline = Date.now() + 30_000;
  while (userProcesses().some(({ name }) => /^(bryo-net|aardvark-dns|pasta)/.test(name))) {
    if (Date.now() > deadline) throw new Error('there is still what kept a bridge');
    spawnSync('sleep', ['0.2']);
  }
}

/** Memory of what is kept for containers on a network that each publish a port. */
function keptFor(peer: Peer, image: string, containers: number): Kept {
  awaitNoBridge();
  const before = new Set(userProcesses().map(({ pid }) => pid));
  for (let index = 0; index < containers; index += 1) {
    const port = ['-p', `127.0.0.1:${5190 + index}:80`];
    start(peer, `kept${index}`, image, port, ['sleep', '1000']);
  }
  // Starting is over, and what is given back when nothing happens has been.
  spawnSync('sleep', ['4']);
  const fresh = userProcesses().filter(({ pid, name }) => !before.has(pid) && name !== 'sleep');
  run(peer.argv('rm', '-f', '-t', '0', '-a'));
  const sum = (of: typeof fresh): number => of.reduce((total, { pss }) => total + pss, 0);
  return { all: sum(fresh), relays: sum(fresh.filter(({ name }) => relays.test(name))) };
}

function measureKept({ peers, image }: NetworkBench): void {
  const kept = (peer: Peer) => ({ one: keptFor(peer, image, 1), more: keptFor(peer, image, 5) });
  const [ours, theirs] = [kept(peers.bryo), kept(peers.podman)];
  const all = 'memory for a container on a bridge, port';
  report(all, ours.one.all, theirs.one.all, 'KiB', '<= 0.12');
  const each = ({ one, more }: { one: Kept; more: Kept }): number => (more.all - one.all) / 4;
  report('  for each further one', each(ours), each(theirs), 'KiB', '<= 0.30');
  report(
    '  relay of ports, each of five',
    ours.more.relays / 5,
    theirs.more.relays / 5,
    'KiB',
    '<= 0.05',
  );
}

/** Networks beside podman's: to be run where that has netavark and pasta. */
export function measureNetworks(bench: NetworkBench): void {
  const { peers, image } = bench;
  const all = [peers.bryo, peers.podman];
  for (const peer of all) run(peer.argv('network', 'create', network));
  const [ours, theirs] = [once(peers.bryo, image), once(peers.podman, image)];
  compare('run --rm, the first on a network', '<= 0.25', ours, theirs, 5);
  measureStarts(bench);
  compare('run --rm, beside a neighbour', '<= 0.25', ours, theirs, 5);
  const forty = (peer: Peer) => timeParallel(once(peer, image), 40, 8);
  report('40 of them, 8 at a time', forty(peers.bryo), forty(peers.podman), 'ms', '<= 0.30');
  measureRates(bench);
  for (const peer of all) run(peer.argv('rm', '-f', '-t', '0', '-a'));
  const list = (peer: Peer): number => time(peer.argv('network', 'ls'));
  both('network ls', 'ms', '<= 0.50', peers, list);
  measureKept(bench);
  for (const peer of all) run(peer.argv('network', 'rm', network));
}
