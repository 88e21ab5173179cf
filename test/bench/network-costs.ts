import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../support/statistics.ts';
import { testUser } from '../support/user.ts';
import { userProcesses } from './memory.ts';
import {
  iperf,
  type NetworkBench,
  network,
  processorTime,
  seconds,
  start,
} from './network-bench.ts';
import { type Peer, run, time } from './peer.ts';
import { medians, report } from './report.ts';

const connections = 9;

/** A run whose payload does nothing. */
export function once(peer: Peer, image: string, on = network): string[] {
  return peer.argv('run', '--rm', ...peer.runFlags, '--network', on, image, 'true');
}

/** What a command says, on standard error too. */
function runTold(argv: readonly string[]): string {
  return run(['sh', '-c', '"$@" 2>&1', 'sh', ...argv]);
}

/** podman with a netavark that writes down, in microseconds, how long each of its setups takes. */
function watchedNetavark(
  directory: string,
  podman: string[],
): { argv: string[]; spent: () => number[] } {
  const own = join(directory, 'netavark');
  mkdirSync(own);
  const told = join(own, 'told');
  const program = `#!/bin/bash
start=$EPOCHREALTIME
/usr/lib/podman/netavark "$@"
status=$?
end=$EPOCHREALTIME
case " $* " in *" setup "*) echo $(( \${end/[.,]/} - \${start/[.,]/} )) >>${told} ;; esac
exit $status
`;
  writeFileSync(join(own, 'netavark'), program);
  chmodSync(join(own, 'netavark'), 0o755);
  const programs = `helper_binaries_dir = ["${own}", "/usr/lib/podman", "/usr/bin"]`;
  writeFileSync(join(own, 'containers.conf'), `[engine]\n${programs}\n`);
  writeFileSync(told, '');
  for (const path of [own, told]) chownSync(path, testUser().uid, testUser().gid);
  return {
    argv: ['env', `CONTAINERS_CONF_OVERRIDE=${join(own, 'containers.conf')}`, ...podman],
    spent: () => readFileSync(told, 'utf8').split('\n').filter(Boolean).map(Number),
  };
}

/**
 * How long a container waits for its connection, beside a neighbour: of bryo the phase of the launch,
 * of podman what its netavark takes for setup.
 */
function measureConnection({ peers, image, directory }: NetworkBench): void {
  const timed = peers.bryo.argv('run', '--rm', '--timings', '--network', network, image, 'true');
  const watched = watchedNetavark(directory, once(peers.podman, image));
  const ours: number[] = [];
  for (let round = 0; round < connections; round += 1) {
    ours.push(Number(/^network +([\d.]+) ms$/m.exec(runTold(timed))?.[1]));
    run(watched.argv);
  }
  const theirs = watched.spent();
  if (theirs.length !== connections) throw new Error(`netavark has run ${theirs.length} times`);
  report(
    'connecting, beside a setup of netavark',
    median(ours),
    median(theirs) / 1000,
    'ms',
    '<= 0.03',
  );
}

/**
 * To be called with no container on a bridge: the last one's network lasts for a second. Runs without a
 * network fill that time, as a machine that has rested is slow.
 */
function measureFirst(bryo: Peer, image: string): void {
  const spent: Record<'bridge' | 'slirp', number[]> = { bridge: [], slirp: [] };
  for (let round = 0; round < connections; round += 1) {
    for (const [kind, on] of [
      ['bridge', network],
      ['slirp', 'slirp4netns'],
    ] as const) {
      do time(once(bryo, image, 'none'));
      while (userProcesses().some(({ name }) => name === 'bryo-net'));
      spent[kind].push(time(once(bryo, image, on)));
    }
  }
  const [ours, theirs] = [median(spent.bridge), median(spent.slirp)];
  report('bryo: first on any, beside slirp4netns', ours, theirs, 'ms', '<= +15 ms');
}

/** With a neighbour. */
function measureOwnSlirp(bryo: Peer, image: string): void {
  const words = [once(bryo, image), once(bryo, image, 'slirp4netns')];
  const [bridge = 0, slirp = 0] = medians(words, connections);
  report('bryo: run --rm on it, beside slirp4netns', bridge, slirp, 'ms', '<= 1.00');
}

/** What a start costs, alone and beside other engines and helpers. */
export function measureStarts(bench: NetworkBench): void {
  const { bryo } = bench.peers;
  measureFirst(bryo, bench.image);
  start(bryo, 'neighbour', bench.image, [], ['sleep', '1000']);
  start(bench.peers.podman, 'neighbour', bench.image, [], ['sleep', '1000']);
  measureOwnSlirp(bryo, bench.image);
  measureConnection(bench);
}

/** PSS in KiB of the user's processes with these names. */
function memoryOf(names: RegExp): number {
  return userProcesses()
    .filter(({ name }) => names.test(name))
    .reduce((sum, { pss }) => sum + pss, 0);
}

/** What bryo keeps for bridges, and podman for names, once both have carried much and rest. */
export function measureRest(): void {
  spawnSync('sleep', ['4']);
  const ours = memoryOf(/^bryo-net(-serve)?$/);
  report(
    '  bryo-net after that, beside aardvark-dns',
    ours,
    memoryOf(/^aardvark-dns$/),
    'KiB',
    '<= 1 MiB',
  );
}

/** Two namespaces with a veth between them, which the client of iperf3 crosses that is given. */
const acrossVeth = `
unshare -n sleep 60 & other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
ip link add near type veth peer name far netns $other
ip addr add 10.0.0.1/24 dev near && ip link set near up
nsenter -t $other -n sh -c 'ip addr add 10.0.0.2/24 dev far && ip link set far up'
iperf3 -s -1 >/dev/null & server=$!
sleep 0.5
nsenter -t $other -n "$@" -c 10.0.0.1
kill $other
wait $server`;

/** Milliseconds of a processor for a gigabyte: of both ends, and of what is named that stands between. */
function costOf(between: RegExp | null, transfer: () => string): number {
  const spent = (): number => (between === null ? 0 : processorTime(between));
  const before = spent();
  const { end } = JSON.parse(transfer()) as {
    end: {
      sum_received: { bytes: number };
      cpu_utilization_percent: { host_total: number; remote_total: number };
    };
  };
  const { host_total: near, remote_total: far } = end.cpu_utilization_percent;
  const ends = ((near + far) / 100) * seconds * 1000;
  return (ends + spent() - before) / (end.sum_received.bytes / 1e9);
}

/** Of a connection outward, which `transfer` makes, beside one across a veth of the machine. */
export function measureOutwardCost(transfer: () => string): void {
  const veth = ['unshare', '-rn', 'sh', '-c', acrossVeth, 'sh', ...iperf()];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    ours.push(costOf(/^bryo-net(-serve)?$/, transfer));
    theirs.push(costOf(null, () => run(veth)));
  }
  report('  processor time, beside a veth', median(ours), median(theirs), 'ms/GB', '<= 1.80');
}
