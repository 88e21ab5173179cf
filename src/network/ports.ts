import { readFileSync } from 'node:fs';
import type { ErrorCode } from '../base/error-codes.ts';
import { BryoError, errnoCode, exitCodes } from '../base/errors.ts';
import type { PortRequest } from '../request/ports.ts';
import type { PortMapping } from './types.ts';

/** Ports that follow each other on both sides. */
export interface PortRange extends PortMapping {
  count: number;
}

/** Adjacent ports as one entry, as `ps` lists them. */
export function foldPorts(ports: readonly PortMapping[]): PortRange[] {
  const folded: PortRange[] = [];
  for (const port of ports) {
    const last = folded.at(-1);
    const follows =
      last !== undefined &&
      last.hostIp === port.hostIp &&
      last.protocol === port.protocol &&
      last.hostPort + last.count === port.hostPort &&
      last.containerPort + last.count === port.containerPort;
    if (follows) last.count += 1;
    else folded.push({ ...port, count: 1 });
  }
  return folded;
}

/** `0.0.0.0:8080->80/tcp` or `0.0.0.0:8000-8002->8000-8002/tcp`, as listings show ports. */
export function formatPort({ hostIp, count, ...port }: PortRange): string {
  const host = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  const numbers = (first: number): string =>
    count === 1 ? String(first) : `${first}-${first + count - 1}`;
  return `${host}:${numbers(port.hostPort)}->${numbers(port.containerPort)}/${port.protocol}`;
}

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
      return fail('port-in-use', 'the port is in use');
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
  for (const request of requests) {
    for (let offset = 0; offset < request.count; offset += 1) {
      const { hostPort, protocol } = request;
      const port: PortMapping = {
        hostIp: request.hostIp ?? '0.0.0.0',
        hostPort: hostPort === null ? 0 : hostPort + offset,
        containerPort: request.containerPort + offset,
        protocol,
      };
      const same = ports.find(
        (p) =>
          port.hostPort !== 0 &&
          p.hostPort === port.hostPort &&
          p.protocol === protocol &&
          p.hostIp === port.hostIp,
      );
      if (same !== undefined)
        throw bindError(port, Object.assign(new Error(), { code: 'EADDRINUSE' }));
      try {
        port.hostPort = await tryBind(protocol, port.hostIp, port.hostPort);
      } catch (error) {
        throw bindError(port, error);
      }
      ports.push(port);
    }
  }
  return ports;
}
