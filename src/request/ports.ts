import { BryoError, exitCodes } from '../base/errors.ts';
import { isIP } from '../base/ip-address.ts';

/** A published port or range of ports, or one that is told of. */
export interface PortRequest {
  hostIp: string | null;
  /** Null: a free port is chosen. */
  hostPort: number | null;
  containerPort: number;
  /** Number of consecutive ports. */
  count: number;
  protocol: 'tcp' | 'udp';
  /** Of as many ports of the host, from `hostPort` on, a free one is chosen (docker's `-p 8000-8010:80`); absent: 1. */
  choices?: number;
  /** Name of the caller's socket that takes the place of the host's port (sd_listen_fds_with_names(3)). */
  socket?: string;
}

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

/** `fd:NAME:PORT`: behind a socket that the service manager has opened; null: it is none of these. */
function parseSocketPort(text: string, word: string): Omit<PortRequest, 'protocol'> | null {
  if (!word.startsWith('fd:')) return null;
  // As systemd has it: names of descriptors are without colons (FileDescriptorName= in systemd.socket(5)).
  const [, socket, inner] = /^fd:([^:]+):([^:]*)$/.exec(word) ?? [];
  if (socket === undefined || inner === undefined)
    throw badPort(text, 'fd:NAME:PORT[/PROTOCOL] is needed');
  const { first, count } = parseRange(text, inner);
  if (count > 1) throw badPort(text, 'a descriptor leads to one port');
  return { hostIp: null, hostPort: null, containerPort: first, count, socket };
}

/**
 * Reads one `-p` word: `[[ip:][hostPort]:]containerPort[/tcp|udp]`, ports or ranges of them, or
 * `fd:NAME:containerPort[/tcp|udp]`.
 */
export function parsePort(text: string): PortRequest {
  const slash = text.indexOf('/');
  const protocol = slash < 0 ? 'tcp' : text.slice(slash + 1).toLowerCase();
  if (protocol === 'sctp') {
    // As with podman the container is what cannot be had.
    throw new BryoError(
      'bad-port',
      `invalid --publish ${JSON.stringify(text)}: can't forward protocol: sctp`,
      { exitCode: exitCodes.notExecutable },
    );
  }
  if (protocol !== 'tcp' && protocol !== 'udp') {
    throw badPort(text, `protocol ${JSON.stringify(protocol)} is not supported; tcp and udp are`);
  }
  const word = slash < 0 ? text : text.slice(0, slash);
  const ofSocket = parseSocketPort(text, word);
  if (ofSocket !== null) return { ...ofSocket, protocol };
  const { ip, host, inner } = splitWord(text, word);
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

/** `80`, `80/tcp`, `3300-3310/udp`: a port that an image or --expose tells of. */
export function parseExposedPort(text: string): PortRequest {
  const [, from, to, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (from === undefined || first < 1 || last > 65_535 || last < first) {
    throw new BryoError('bad-port', `invalid port ${JSON.stringify(text)}`, {
      hint: 'PORT[-PORT][/tcp|udp] is needed',
    });
  }
  return {
    hostIp: null,
    hostPort: null,
    containerPort: first,
    count: last - first + 1,
    protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp',
  };
}
