import { isIPv4, isIPv6 } from 'node:net';

/** The host of a `host[:port]` or `[v6]:port` without its port and brackets, in lower case. */
export function hostOf(authority: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(authority);
  const host = bracketed?.[1] ?? authority.replace(/:\d*$/, '');
  return host.toLowerCase();
}

/** Whether a host (no port) is this machine by its very name: localhost, 127.0.0.0/8, ::1. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return host === '::1';
}

/** IPv4 address of an IPv4-mapped IPv6 literal; URL writes such literals as `::ffff:7f00:1`. */
function mappedIpv4(host: string): string | null {
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (hex?.[1] === undefined || hex[2] === undefined) return null;
  const high = Number.parseInt(hex[1], 16);
  const low = Number.parseInt(hex[2], 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether a host is an address literal (or localhost) that no public registry has a reason to
 * name: loopback, private (RFC 1918, RFC 4193), link-local and unspecified addresses.
 */
export function isInternalLiteral(host: string): boolean {
  if (isLoopback(host)) return true;
  if (isIPv6(host)) {
    const mapped = mappedIpv4(host);
    if (mapped !== null) return isInternalLiteral(mapped);
    return host === '::' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  }
  if (!isIPv4(host)) return false;
  const [first = 0, second = 0] = host.split('.').map(Number);
  if (first === 0 || first === 10) return true;
  if (first === 169 && second === 254) return true;
  if (first === 172) return second >= 16 && second <= 31;
  if (first === 100) return second >= 64 && second <= 127;
  return first === 192 && second === 168;
}
