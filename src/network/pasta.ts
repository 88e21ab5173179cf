import { BryoError } from '../base/errors.ts';
import { isIP } from '../base/ip-address.ts';
import { findProgram } from '../native/programs.ts';
import type { NetworkHelperInput } from '../plan/launch-input.ts';
import { foldPorts } from './ports.ts';
import type { PortMapping } from './types.ts';

/** Where the container finds name service when the host's own servers are on its loopback. */
export const pastaDns = '169.254.1.1';

/** `-t` and `-u` of pasta(1) for published ports: a word for each range of them. */
export function portArguments(ports: readonly PortMapping[]): string[] {
  return foldPorts(ports).flatMap(({ protocol, hostIp, hostPort, containerPort, count }) => {
    const address = hostIp === '0.0.0.0' ? '' : `${hostIp}/`;
    const range = (first: number) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);
    return [
      protocol === 'tcp' ? '-t' : '-u',
      `${address}${range(hostPort)}:${range(containerPort)}`,
    ];
  });
}

const ownFlags = [
  '-P',
  '--pid',
  '-f',
  '--foreground',
  '--netns',
  '--userns',
  '--runas',
  '-F',
  '--fd',
];

function checkOptions(options: readonly string[]): void {
  const taken = options.find((option) => ownFlags.includes(option.split('=')[0] ?? ''));
  if (taken !== undefined) {
    throw new BryoError('bad-network', `pasta option ${taken} cannot be set: bryo sets it itself`);
  }
}

/** The address of `--dns-forward` among pasta's options, at which it answers name service; null: none. */
export function forwardAddress(options: readonly string[]): string | null {
  const at = options.findLastIndex((option) => /^--dns-forward(=|$)/.test(option));
  const word = options[at];
  if (word === undefined) return null;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (options[at + 1] ?? null);
}

/** The IPv4 address that pasta is asked to give to the container; null: it has one of the host's. */
export function ownAddress(options: readonly string[]): string | null {
  const word = (option: string, index: number): string | null => {
    if (option === '-a' || option === '--address') return options[index + 1] ?? null;
    return /^--address=(.*)$/.exec(option)?.[1] ?? null;
  };
  return options.map(word).find((address) => address !== null && isIP(address) === 4) ?? null;
}

export interface PastaInput {
  /** Words after `--network pasta:`, given to pasta as they are. */
  options: readonly string[];
  ports: readonly PortMapping[];
  /** Named pipe to which pasta writes its pid once it forwards packets. */
  readyPath: string;
  /** Answer name service at `pastaDns`. */
  forwardDns: boolean;
  /** Where pasta is looked for first. */
  programDirectories: readonly string[];
}

/**
 * How to run pasta(1) for a container. The host's loopback stays out of reach: nothing is forwarded
 * from the container's ports (-T, -U) and its gateway is not mapped to the host (--no-map-gw).
 *
 * Throws BryoError `no-pasta`.
 */
export function pastaHelper(input: PastaInput): NetworkHelperInput {
  const program = findProgram('pasta', input.programDirectories);
  if (program === null) {
    throw new BryoError('no-pasta', 'pasta is not installed', {
      hint: 'apt install passt, or use --network slirp4netns',
    });
  }
  checkOptions(input.options);
  const given = (flag: string, long: string): boolean =>
    input.options.some((option) => option === flag || option.split('=')[0] === long);
  const argv = [program, '--foreground', '--config-net', '--quiet', '--pid', input.readyPath];
  if (!given('', '--map-gw')) argv.push('--no-map-gw');
  argv.push(...portArguments(input.ports));
  // Without a choice pasta forwards every port that anything listens on.
  const published = (protocol: 'tcp' | 'udp'): boolean =>
    input.ports.some((port) => port.protocol === protocol);
  if (!published('tcp') && !given('-t', '--tcp-ports')) argv.push('-t', 'none');
  if (!published('udp') && !given('-u', '--udp-ports')) argv.push('-u', 'none');
  if (!given('-T', '--tcp-ns')) argv.push('-T', 'none');
  if (!given('-U', '--udp-ns')) argv.push('-U', 'none');
  if (input.forwardDns) argv.push('--dns-forward', pastaDns);
  argv.push(...input.options.filter((option) => option !== '--map-gw'));
  argv.push('%PID%');
  // By its own options it may also forward ports that are not in `ports`.
  const holdsPorts = input.ports.length > 0 || input.options.length > 0;
  const { readyPath } = input;
  return {
    argv,
    preload: '',
    readyPath,
    apiSocket: '',
    apiRequests: [],
    holdsPorts,
    portRelay: null,
  };
}
