import { inProcesses } from '../support/processes.ts';
import { median } from '../support/statistics.ts';
import { type Peer, run } from './peer.ts';
import { report } from './report.ts';

/** Programs of the machine, for containers of the small image. */
export const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
/** The network that both peers make. */
export const network = 'measured';
/** How long a measurement of a rate takes. */
export const seconds = 2;
const rounds = 3;

/** What the measurements of networks have in common. */
export interface NetworkBench {
  peers: { bryo: Peer; podman: Peer };
  image: string;
  /** For files. */
  directory: string;
}

/** Starts a container on the network. */
export function start(
  peer: Peer,
  name: string,
  image: string,
  flags: string[],
  words: string[],
): void {
  const own = ['-d', '--name', name, '--network', network, ...peer.runFlags, ...flags];
  run(peer.argv('run', ...own, image, ...words));
}

/** The rate that iperf3 tells. */
export function gigabits(json: string): number {
  const { end } = JSON.parse(json) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}

/** The median of alternating measurements of both. */
export function both(
  what: string,
  unit: string,
  aim: string,
  peers: NetworkBench['peers'],
  measure: (peer: Peer) => number,
): void {
  const bryo: number[] = [];
  const podman: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bryo.push(measure(peers.bryo));
    podman.push(measure(peers.podman));
  }
  report(what, median(bryo), median(podman), unit, aim);
}

/** Milliseconds of a processor that processes of these names have used. */
export function processorTime(names: RegExp): number {
  const millisecondsPerTick = 10;
  const ticks = inProcesses((process) => {
    if (!names.test(process.read('comm').trim())) return null;
    const stat = process.read('stat');
    const [user = 0, kernel = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return user + kernel;
  });
  return ticks.reduce((sum, one) => sum + one, 0) * millisecondsPerTick;
}

/** The words of a client of iperf3. */
export const iperf = (...words: string[]): string[] => [
  '/usr/bin/iperf3',
  '-J',
  '-t',
  `${seconds}`,
  ...words,
];
