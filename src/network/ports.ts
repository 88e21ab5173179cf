import { readFileSync } from 'node:fs';
import { BryoError, errnoCode, exitCodes } from '../base/errors.ts';
import { isIP } from './addresses.ts';
import type { PortMapping, PortRequest } from './types.ts';

function badPort(text: string, why: string): BryoError {
  return new BryoError('bad-port', `invalid --publish ${JSON.stringify(text)}: ${why}`);
}

interface Range {
  first: number;
  count: number;
}

function parseRange(text: string, word: string): Range {
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (from === undefined || first < 1 || last > 65_535) {
    throw badPort(text, `${JSON.stringify(word)} is not a port between 1 and 65535`);
  }
  if (last < first) throw badPort(text, `the range ${word} runs backwards`);
  return { first, count: last - first + 1 };
}

/** `ip`, `hostPort`, `containerPort` of a word in which an IPv6 address stands in brackets. */
function splitWord(text: string, word: string): { ip: string | null; host: string; inner: string } {
  const [, bracketed, rest] = /^\[([^\]]*)\]:(.*)$/.exec(word) ?? [];
  const parts = (rest ?? word).split(':');
  const ip = bracketed ?? (parts.length === 3 ? parts.shift() : undefined) ?? null;
  if (parts.length > 2 || (bracketed !== undefined && parts.length !== 2)) {
    throw badPort(text, '[[IP:]HOSTPORT:]PORT[/PROTOCOL] is needed');
  }
  if (ip !== null && ip !== '' && isIP(ip) === 0) throw badPort(text, `${ip} is not an IP address`);
  const [first = '', second] = parts;
  return second === undefined ? { ip, host: '', inner: first } : { ip, host: first, inner: second };
}

/** Reads one `-p` word: `[[ip:][hostPort]:]containerPort[/tcp|udp]`, ports or ranges of them. */
export function parsePort(text: string): PortRequest {
  const slash = text.indexOf('/');
  const protocol = slash < 0 ? 'tcp' : text.slice(slash + 1).toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'udp') {
    throw badPort(text, `protocol ${JSON.stringify(protocol)} is not supported; tcp and udp are`);
  }
  const { ip, host, inner } = splitWord(text, slash < 0 ? text : text.slice(0, slash));
  const container = parseRange(text, inner);
  const outer = host === '' ? null : parseRange(text, host);
  if (outer !== null && outer.count !== container.count) {
    throw badPort(text, 'the ranges differ in length');
  }
  return {
    hostIp: ip === '' ? null : ip,
    hostPort: outer?.first ?? null,
    containerPort: container.first,
    count: container.count,
    protocol,
  };
}

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
  const fail = (code: string, why: string, hint: { hint?: string } = {}): BryoError =>
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
