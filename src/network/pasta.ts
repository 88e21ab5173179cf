import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { isIP } from '../base/ip-address.ts';
import { findProgram } from '../native/programs.ts';
import type { NetworkHelperInput } from '../plan/launch-input.ts';
import { foldPorts } from './ports.ts';
import type { PortMapping } from './types.ts';

/** Where the container finds name service: pasta hands on to the host's first server (podman's address). */
export const pastaDns = '169.254.1.1';
/** Where the container finds the host where pasta knows --map-guest-addr (podman's address). */
export const pastaHost = '169.254.1.2';

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

const ownFlags = ['-f', '--foreground', '--netns', '--userns', '--runas', '-F', '--fd'];

function checkOptions(options: readonly string[]): void {
  const taken = options.find((option) => ownFlags.includes(option.split('=')[0] ?? ''));
  if (taken !== undefined) {
    throw new BryoError('bad-network', `pasta option ${taken} cannot be set: bryo sets it itself`);
  }
}

/** The value of the last of some flags among pasta's options, as `--flag VALUE` or `--flag=VALUE`; null: none. */
function lastValue(options: readonly string[], flags: readonly string[]): string | null {
  const at = options.findLastIndex((option) => flags.includes(option.split('=')[0] ?? ''));
  const word = options[at];
  if (word === undefined) return null;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (options[at + 1] ?? null);
}

/** The address of `--dns-forward` among pasta's options, at which it answers name service; null: none. */
export function forwardAddress(options: readonly string[]): string | null {
  return lastValue(options, ['--dns-forward']);
}

/** The address of `--map-guest-addr` among pasta's options, at which it shows the host; null: none. */
export function hostAlias(options: readonly string[]): string | null {
  return lastValue(options, ['--map-guest-addr']);
}

/** The IPv4 address that pasta is asked to give to the container; null: it has one of the host's. */
export function ownAddress(options: readonly string[]): string | null {
  const word = (option: string, index: number): string | null => {
    if (option === '-a' || option === '--address') return options[index + 1] ?? null;
    return /^--address=(.*)$/.exec(option)?.[1] ?? null;
  };
  return options.map(word).find((address) => address !== null && isIP(address) === 4) ?? null;
}

const pidFlags = ['-P', '--pid'];

/** Options without those for a file with pasta's pid, which the launcher writes. */
function withoutPidFile(options: readonly string[]): string[] {
  return options.filter((option, at) => {
    const before = options[at - 1];
    if (before !== undefined && pidFlags.includes(before)) return false;
    return !pidFlags.includes(option.split('=')[0] ?? '');
  });
}

/** The file of `--pid` among pasta's options; empty: none. */
function pidFileOf(options: readonly string[]): string {
  const path = lastValue(options, pidFlags);
  return path === null ? '' : resolve(path);
}

/** Where pasta is. Throws BryoError `no-pasta`. */
export function findPasta(programDirectories: readonly string[]): string {
  const program = findProgram('pasta', programDirectories);
  if (program !== null) return program;
  throw new BryoError('no-pasta', 'pasta is not installed', {
    hint: 'apt install passt, or use --network slirp4netns',
  });
}

/** Whether a pasta knows --map-guest-addr, which came in August 2024. */
export function mapsHost(program: string): boolean {
  const { stdout, stderr } = spawnSync(program, ['--help'], { encoding: 'utf8', timeout: 5000 });
  return `${stdout}${stderr}`.includes('--map-guest-addr');
}

export interface PastaInput {
  /** Words after `--network pasta:`, given to pasta as they are. */
  options: readonly string[];
  ports: readonly PortMapping[];
  /** Named pipe to which pasta writes its pid once it forwards packets. */
  readyPath: string;
  /** Answer name service at `pastaDns`. */
  forwardDns: boolean;
  /** Show the host at `pastaHost`. */
  showHost: boolean;
  program: string;
}

/**
 * How to run pasta(1) for a container. The host's loopback stays out of reach: nothing is forwarded
 * from the container's ports (-T, -U) and its gateway is not mapped to the host (--no-map-gw). It ends with its
 * launcher: the container's own namespace may be one that it has no right to watch.
 */
export function pastaHelper(input: PastaInput): NetworkHelperInput {
  const { program } = input;
  checkOptions(input.options);
  const given = (flag: string, long: string): boolean =>
    input.options.some((option) => option === flag || option.split('=')[0] === long);
  const argv = [program, '--foreground', '--config-net', '--quiet', '--no-netns-quit'];
  argv.push('--pid', input.readyPath);
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
  if (input.showHost) argv.push('--map-guest-addr', pastaHost);
  argv.push(...withoutPidFile(input.options).filter((option) => option !== '--map-gw'));
  argv.push('%PID%');
  // By its own options it may also forward ports that are not in `ports`.
  const holdsPorts = input.ports.length > 0 || input.options.length > 0;
  const { readyPath } = input;
  return {
    argv,
    preload: '',
    readyPath,
    pidFile: pidFileOf(input.options),
    apiSocket: '',
    apiRequests: [],
    holdsPorts,
    portRelay: null,
  };
}
