import { readFileSync } from 'node:fs';
import type { ErrorCode } from '../base/error-codes.ts';
import { BryoError, errnoCode, exitCodes } from '../base/errors.ts';
import type { PortRequest } from '../request/ports.ts';
import type { PortMapping } from './types.ts';

function lowestPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1024;
  }
}

/** With podman's exit code, whose port helper fails when the container is made already. */
function bindError(port: PortMapping, error: unknown): BryoError {
  const where = `${port.hostIp}:${port.hostPort}/${port.protocol}`;
  const fail = (code: ErrorCode, why: string, hint: { hint?: string } = {}): BryoError =>
    new BryoError(code, `cannot publish ${where}: ${why}`, {
      exitCode: exitCodes.notExecutable,
      ...hint,
    });
  switch (errnoCode(error)) {
    case 'EADDRINUSE':
      return fail('port-in-use', 'address already in use');
    case 'EACCES':
    case 'EPERM':
      return fail('port-privileged', `ports below ${lowestPort()} are not for ordinary users`, {
        hint: `sysctl net.ipv4.ip_unprivileged_port_start=${port.hostPort}, by an administrator`,
      });
    case 'EADDRNOTAVAIL':
      return fail('bad-port', 'the host has no such address');
    default:
      return fail('bad-port', `${errnoCode(error) ?? error}`);
  }
}

/** The range of ports that the kernel chooses from for whoever asks for none. */
function freeRange(): { first: number; last: number } {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const [first = 0, last = 0] = text.trim().split(/\s+/).map(Number);
    if (first > 0 && last >= first) return { first, last };
  } catch {
    // As the kernel has it unless an administrator says otherwise.
  }
  return { first: 32_768, last: 60_999 };
}

type TryBind = typeof import('./try-bind.ts')['tryBind'];

/** Chooses ports of the host, none twice: nothing holds them yet, so the kernel may offer one again. */
class PortChooser {
  readonly #tryBind: TryBind;
  readonly #taken = new Set<string>();
  /** By address and protocol, once the kernel has offered a port again: those of its range still to look at. */
  readonly #walks = new Map<string, Generator<number>>();

  constructor(tryBind: TryBind) {
    this.#tryBind = tryBind;
  }

  /** Throws BryoError `port-in-use`, `port-privileged` or `bad-port`. */
  async choose(port: PortMapping): Promise<number> {
    if (port.hostPort === 0) return this.#chooseFree(port);
    const inUse = Object.assign(new Error(), { code: 'EADDRINUSE' });
    if (!this.#take(port, port.hostPort)) throw bindError(port, inUse);
    return this.#bind(port, port.hostPort);
  }

  /** A free port of a range. Throws as choose does; when all are in use: `port-in-use`. */
  async chooseOf(port: PortMapping, choices: number): Promise<number> {
    for (let hostPort = port.hostPort; hostPort < port.hostPort + choices; hostPort += 1) {
      if (this.#take(port, hostPort) && (await this.#isFree(port, hostPort))) return hostPort;
    }
    const range = `${port.hostPort}-${port.hostPort + choices - 1}`;
    throw new BryoError(
      'port-in-use',
      `cannot publish port ${port.containerPort}/${port.protocol}: all ports of the host in ${range} are in use`,
      { exitCode: exitCodes.notExecutable },
    );
  }

  #take({ hostIp, protocol }: PortMapping, hostPort: number): boolean {
    const key = `${hostIp} ${hostPort}/${protocol}`;
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }

  async #bind(port: PortMapping, hostPort: number): Promise<number> {
    try {
      return await this.#tryBind(port.protocol, port.hostIp, hostPort);
    } catch (error) {
      throw bindError(port, error);
    }
  }

  async #chooseFree(port: PortMapping): Promise<number> {
    const kind = `${port.hostIp}/${port.protocol}`;
    let walk = this.#walks.get(kind);
    if (walk === undefined) {
      const offered = await this.#bind(port, 0);
      if (this.#take(port, offered)) return offered;
      walk = portsFrom(offered);
      this.#walks.set(kind, walk);
    }
    // Not for…of, which would end it with the first one.
    for (let next = walk.next(); next.done !== true; next = walk.next()) {
      const hostPort = next.value;
      if (this.#take(port, hostPort) && (await this.#isFree(port, hostPort))) return hostPort;
    }
    const { first, last } = freeRange();
    throw new BryoError(
      'port-in-use',
      `cannot publish port ${port.containerPort}/${port.protocol}: all ports of the host from ${first} to ${last} are in use`,
      {
        exitCode: exitCodes.notExecutable,
        hint: 'publish fewer, or name ports of the host with --publish',
      },
    );
  }

  async #isFree(port: PortMapping, hostPort: number): Promise<boolean> {
    try {
      await this.#tryBind(port.protocol, port.hostIp, hostPort);
      return true;
    } catch (error) {
      if (errnoCode(error) === 'EADDRINUSE') return false;
      throw bindError(port, error);
    }
  }
}

/** Every port of the range once, beginning after one of them. */
function* portsFrom(after: number): Generator<number> {
  const { first, last } = freeRange();
  const count = last - first + 1;
  for (let step = 1; step <= count; step += 1) yield first + ((after - first + step) % count);
}

/** Ports without an address are those of IPv6, too, unless other ones of the container's are. */
function withBothFamilies(ports: readonly PortMapping[]): PortMapping[] {
  const key = ({ hostPort, protocol }: PortMapping): string => `${hostPort}/${protocol}`;
  const ipv6 = new Set(ports.filter(({ hostIp }) => hostIp.includes(':')).map(key));
  return ports.map(({ bothFamilies, ...port }) =>
    bothFamilies === true && !ipv6.has(key(port)) ? { ...port, bothFamilies } : port,
  );
}

/** A descriptor leads to one port: two readers would take each other's clients. */
async function givenOnce(
  request: PortRequest,
  before: readonly PortMapping[],
): Promise<PortMapping[]> {
  // Loaded here: sockets are seldom handed over.
  const { givenPorts } = await import('./given-sockets.ts');
  const given = givenPorts(request);
  const twice = before.some(({ descriptor }) =>
    given.some((port) => port.descriptor === descriptor),
  );
  if (!twice) return given;
  throw new BryoError('bad-port', `cannot publish fd:${request.socket} twice`, {
    exitCode: exitCodes.notExecutable,
  });
}

/**
 * Decides the host's side of published ports and makes sure that they are free.
 *
 * Throws BryoError `port-in-use`, `port-privileged` or `bad-port`.
 */
export async function assignPorts(requests: readonly PortRequest[]): Promise<PortMapping[]> {
  const ports: PortMapping[] = [];
  if (requests.length === 0) return ports;
  // Loaded here: most containers publish nothing.
  const { tryBind } = await import('./try-bind.ts');
  const chooser = new PortChooser(tryBind);
  for (const request of requests) {
    if (request.socket !== undefined) {
      ports.push(...(await givenOnce(request, ports)));
      continue;
    }
    const { hostIp, hostPort, containerPort, count, protocol, choices = 1 } = request;
    for (let offset = 0; offset < count; offset += 1) {
      const port: PortMapping = {
        hostIp: hostIp ?? '0.0.0.0',
        hostPort: hostPort === null ? 0 : hostPort + offset,
        containerPort: containerPort + offset,
        protocol,
        ...(hostIp === null && { bothFamilies: true }),
      };
      const chosen = choices > 1 ? chooser.chooseOf(port, choices) : chooser.choose(port);
      ports.push({ ...port, hostPort: await chosen });
    }
  }
  return withBothFamilies(ports);
}
