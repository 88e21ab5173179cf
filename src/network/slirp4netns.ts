import { basename } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { libexecPath } from '../native/locate.ts';
import { findProgram } from '../native/programs.ts';
import type { NetworkHelperInput } from '../plan/launch-input.ts';
import { ipv4Number, relayPorts } from './port-relay.ts';
import type { NetworkDefaults, PortMapping } from './types.ts';

/** Addresses of slirp4netns(1) in its default network. */
export const slirpAddresses = {
  guest: '10.0.2.100',
  gateway: '10.0.2.2',
  dns: '10.0.2.3',
  /** With enable_ipv6, as the next. */
  gateway6: 'fd00::2',
  dns6: 'fd00::3',
} as const;

/** A typed request of the API socket (slirp4netns(1), "API SOCKET"). */
export type SlirpRequest =
  | {
      execute: 'add_hostfwd';
      arguments: {
        proto: 'tcp' | 'udp';
        host_addr: string;
        host_port: number;
        guest_addr: string;
        guest_port: number;
      };
    }
  | { execute: 'list_hostfwd' }
  | { execute: 'remove_hostfwd'; arguments: { id: number } };

/** The request that forwards one port. */
export function addHostForward(port: PortMapping, guest: string): SlirpRequest {
  return {
    execute: 'add_hostfwd',
    arguments: {
      proto: port.protocol,
      host_addr: port.hostIp,
      host_port: port.hostPort,
      guest_addr: guest,
      guest_port: port.containerPort,
    },
  };
}

/** Takes an answer apart. Throws BryoError `slirp-refused`. */
export function parseResponse(text: string): unknown {
  const answer = JSON.parse(text) as { return?: unknown; error?: { desc?: string } };
  if (answer.error !== undefined) {
    throw new BryoError('slirp-refused', `slirp4netns: ${answer.error.desc ?? 'request refused'}`);
  }
  return answer.return;
}

/** Options after `--network slirp4netns:`. */
export interface SlirpOptions {
  hostLoopback: boolean;
  ipv6: boolean;
  mtu: number;
  cidr: string | null;
  outboundAddress: string | null;
  outboundAddress6: string | null;
  /** slirp4netns forwards the ports of TCP, as its own handler does for podman; else bryo's relay does. */
  ownPorts: boolean;
}

function readSwitch(option: string, value: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new BryoError('bad-network', `slirp4netns option ${option}=${value}: true or false`);
}

/** Reads them as podman-run(1) describes. Throws BryoError `bad-network`. */
export function parseSlirpOptions(words: readonly string[]): SlirpOptions {
  const options: SlirpOptions = {
    hostLoopback: false,
    ipv6: false,
    mtu: 65_520,
    cidr: null,
    outboundAddress: null,
    outboundAddress6: null,
    ownPorts: false,
  };
  for (const word of words) {
    const [option = '', value = ''] = word.split(/=(.*)/s);
    switch (option) {
      case 'allow_host_loopback':
        options.hostLoopback = readSwitch(option, value);
        break;
      case 'enable_ipv6':
        options.ipv6 = readSwitch(option, value);
        break;
      case 'mtu':
        options.mtu = Number(value);
        if (!Number.isInteger(options.mtu) || options.mtu < 576 || options.mtu > 65_521) {
          throw new BryoError('bad-network', `slirp4netns option mtu=${value}: 576 to 65521`);
        }
        break;
      case 'cidr':
        if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(value)) {
          throw new BryoError('bad-network', `slirp4netns option cidr=${value}: ADDRESS/BITS`);
        }
        options.cidr = value;
        break;
      case 'outbound_addr':
        options.outboundAddress = value;
        break;
      case 'outbound_addr6':
        options.outboundAddress6 = value;
        break;
      case 'port_handler':
        if (value !== 'slirp4netns' && value !== 'rootlesskit') {
          throw new BryoError(
            'bad-network',
            `slirp4netns option ${word}: slirp4netns or rootlesskit`,
          );
        }
        options.ownPorts = value === 'slirp4netns';
        break;
      default:
        throw new BryoError('bad-network', `slirp4netns has no option ${JSON.stringify(word)}`);
    }
  }
  return options;
}

/** The address that slirp4netns gives the container: the 100th of its network. */
export function guestAddress(options: SlirpOptions): string {
  return nthAddress(options, 100) ?? slirpAddresses.guest;
}

/** The nth address of a changed network; null with the default one. */
export function nthAddress(options: SlirpOptions, n: number): string | null {
  if (options.cidr === null) return null;
  const [address = '', bits = ''] = options.cidr.split('/');
  const value = ipv4Number(address);
  const size = 2 ** (32 - Number(bits));
  const network = Math.floor(value / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor((network + n) / 2 ** shift) % 256).join('.');
}

export interface SlirpInput {
  options: SlirpOptions;
  ports: readonly PortMapping[];
  apiSocket: string;
  defaults: Pick<NetworkDefaults, 'slirpProgram' | 'programDirectories'>;
}

/** `addon/slirp`: gives memory back. LD_PRELOAD is a list, so a path with a separator cannot be in it. */
function preloaded(): string {
  const path = libexecPath('bryo-slirp.so');
  return /[\s:]/.test(path) ? '' : path;
}

/** How to run slirp4netns(1) for a container. Throws BryoError `no-slirp4netns`. */
export function slirpHelper(input: SlirpInput): NetworkHelperInput {
  const { options, ports, apiSocket, defaults } = input;
  const program = defaults.slirpProgram ?? findProgram('slirp4netns', defaults.programDirectories);
  if (program === null) {
    throw new BryoError('no-slirp4netns', 'slirp4netns is not installed', {
      hint: 'apt install slirp4netns, or use --network none or host',
    });
  }
  const argv = [program, '--configure', `--mtu=${options.mtu}`, '--enable-sandbox'];
  argv.push('--enable-seccomp', '-r', '%READY_FD%', '-e', '%EXIT_FD%');
  if (!options.hostLoopback) argv.push('--disable-host-loopback');
  if (options.ipv6) argv.push('--enable-ipv6');
  if (options.cidr !== null) argv.push(`--cidr=${options.cidr}`);
  if (options.outboundAddress !== null) argv.push(`--outbound-addr=${options.outboundAddress}`);
  if (options.outboundAddress6 !== null) argv.push(`--outbound-addr6=${options.outboundAddress6}`);
  const isForwarded = ({ protocol, descriptor }: PortMapping): boolean =>
    options.ownPorts && protocol === 'tcp' && descriptor === undefined;
  const forwarded = ports.filter(isForwarded);
  // Relative to the socket's directory, in which the launcher runs it: an address holds 107 bytes.
  if (forwarded.length > 0) argv.push('--api-socket', basename(apiSocket));
  argv.push('%PID%', 'tap0');
  const guest = guestAddress(options);
  return {
    argv,
    preload: preloaded(),
    readyPath: '',
    pidFile: '',
    apiSocket: forwarded.length > 0 ? apiSocket : '',
    apiRequests: forwarded.map((port) => JSON.stringify(addHostForward(port, guest))),
    holdsPorts: forwarded.length > 0,
    portRelay: relayPorts(
      ports.filter((port) => !isForwarded(port)),
      {
        ipv4: { container: guest, standIn: nthAddress(options, 2) ?? slirpAddresses.gateway },
        // The container gets its own from slirp4netns, a while after it has started.
        ipv6: { container: null, standIn: options.ipv6 ? slirpAddresses.gateway6 : null },
      },
    ),
  };
}
