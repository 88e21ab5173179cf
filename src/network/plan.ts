import { accessSync, constants } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import type { NetworkHelperInput } from '../plan/launch-input.ts';
import type { NetworkRequest } from '../request/network.ts';
import type { PortRequest } from '../request/ports.ts';
import { runFileIn } from '../store/container-files.ts';
import { assignPorts } from './assign-ports.ts';
import type { BridgePlan, BridgePlanInput } from './bridge/plan.ts';
import { hostAddress } from './host-address.ts';
import {
  findPasta,
  forwardAddress,
  hostAlias,
  mapsHost,
  ownAddress,
  pastaDns,
  pastaHelper,
  pastaHost,
} from './pasta.ts';
import {
  guestAddress,
  nthAddress,
  parseSlirpOptions,
  slirpAddresses,
  slirpHelper,
} from './slirp4netns.ts';
import type { NetworkDefaults, PortMapping } from './types.ts';

/** How a container is connected. */
export type NetworkPlan =
  | { kind: 'none' }
  | { kind: 'host' }
  /** Another's: of a container, or at a path. */
  | { kind: 'joined' }
  | {
      kind: 'helper';
      mode: 'slirp4netns' | 'pasta';
      helper: NetworkHelperInput;
      ports: PortMapping[];
      /** Null: it is not known. */
      address: string | null;
      /** Where the host is reached from inside; null: nowhere. */
      hostAddress: string | null;
      /** Name service of the helper; null: the host's servers are used as they are. */
      dns: string | null;
      /** The IPv6 address of that name service; absent: it has none. */
      dns6?: string;
    }
  | BridgePlan;

export interface NetworkInput {
  request: NetworkRequest;
  ports: readonly PortRequest[];
  /** Directory of the container for sockets. */
  runDirectory: string;
  defaults: NetworkDefaults;
  /** Circumstances of a plan for bridges. */
  bridges: Pick<
    BridgePlanInput,
    'store' | 'containerId' | 'attachments' | 'servers' | 'events' | 'idMap' | 'shown'
  >;
}

function checkTun(): void {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    throw new BryoError('no-tun', '/dev/net/tun is missing or not accessible', {
      hint: 'modprobe tun; chmod 666 /dev/net/tun, by an administrator; or use --network none',
    });
  }
}

/** slirp4netns looks at all its sockets for each further port: 4096 take it a second or two, 20,000 minutes. */
const mostSlirpPorts = 4096;

/** Throws BryoError `bad-port` for what `port_handler=slirp4netns` cannot forward (slirp4netns(1), "API SOCKET"). */
function checkOwnPorts({ ports }: NetworkInput): void {
  const forwarded = ports.filter(({ protocol }) => protocol === 'tcp');
  const ipv6 = forwarded.find(({ hostIp }) => hostIp?.includes(':'));
  const hint = { hint: 'leave out port_handler=slirp4netns' };
  if (ipv6 !== undefined) {
    const text = `cannot publish [${ipv6.hostIp}]: slirp4netns forwards ports of IPv4 addresses only`;
    throw new BryoError('bad-port', text, hint);
  }
  if (forwarded.reduce((sum, { count }) => sum + count, 0) <= mostSlirpPorts) return;
  const text = `cannot publish so many ports: slirp4netns forwards at most ${mostSlirpPorts} of TCP`;
  throw new BryoError('bad-port', text, hint);
}

async function planSlirp(input: NetworkInput, words: readonly string[]): Promise<NetworkPlan> {
  const options = parseSlirpOptions([...input.defaults.slirpOptions, ...words]);
  if (options.ownPorts) checkOwnPorts(input);
  checkTun();
  const ports = await assignPorts(input.ports);
  const apiSocket = runFileIn(input.runDirectory, 'slirpSocket');
  return {
    kind: 'helper',
    mode: 'slirp4netns',
    helper: slirpHelper({ options, ports, apiSocket, defaults: input.defaults }),
    ports,
    address: guestAddress(options),
    // slirp4netns leads its gateway to the host's loopback, where that is allowed at all.
    hostAddress: options.hostLoopback
      ? (nthAddress(options, 2) ?? slirpAddresses.gateway)
      : hostAddress(),
    dns: nthAddress(options, 3) ?? slirpAddresses.dns,
    ...(options.ipv6 && { dns6: slirpAddresses.dns6 }),
  };
}

async function planPasta(input: NetworkInput, own: readonly string[]): Promise<NetworkPlan> {
  const { pastaOptions, programDirectories } = input.defaults;
  const options = [...pastaOptions, ...own];
  const program = findPasta(programDirectories);
  checkTun();
  const given = input.ports.find(({ socket }) => socket !== undefined);
  if (given !== undefined) {
    throw new BryoError('bad-port', `cannot publish fd:${given.socket} with pasta`, {
      hint: '--network slirp4netns or bridge',
    });
  }
  const ports = await assignPorts(input.ports);
  const dns = forwardAddress(options);
  const address = ownAddress(options) ?? hostAddress();
  const alias = hostAlias(options);
  const showHost = alias === null && mapsHost(program);
  const readyPath = runFileIn(input.runDirectory, 'pastaReady');
  const forwardDns = dns === null;
  return {
    kind: 'helper',
    mode: 'pasta',
    helper: pastaHelper({ options, ports, readyPath, forwardDns, showHost, program }),
    ports,
    address,
    hostAddress: alias ?? (showHost ? pastaHost : hostAddress(address === null ? [] : [address])),
    dns: dns ?? pastaDns,
  };
}

async function planBridge(input: NetworkInput): Promise<NetworkPlan> {
  // Loaded here: most containers are on no bridge.
  const { planBridges } = await import('./bridge/plan.ts');
  checkTun();
  const ports = await assignPorts(input.ports);
  return planBridges({ ...input.bridges, ports, defaults: input.defaults });
}

/**
 * Decides how a container is connected, and its published ports.
 *
 * Throws BryoError for ports in use, missing programs and devices, and unknown options.
 */
export async function planNetwork(input: NetworkInput): Promise<NetworkPlan> {
  const { request } = input;
  switch (request.mode) {
    case 'none':
      return { kind: 'none' };
    case 'host':
      return { kind: 'host' };
    case 'container':
    case 'path':
      return { kind: 'joined' };
    case 'default':
      return planSlirp(input, []);
    case 'slirp4netns':
      return planSlirp(input, request.options);
    case 'pasta':
      return planPasta(input, request.options);
    case 'bridge':
      return planBridge(input);
  }
}
