import { isIP } from 'node:net';
import type { Headers } from './http/head.ts';
import { HttpProblem } from './http/problem.ts';

/** The host that a request was sent to, without its port (RFC 9112, section 3.2). */
function hostOf(headers: Headers): string {
  const [, bracketed, plain = ''] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(headers.get('host') ?? '') ?? [];
  return bracketed ?? plain;
}

/** Whether a name is the loopback's whoever is asked for it (RFC 6761, section 6.3), or an address in numbers. */
function isUnbound(host: string): boolean {
  return isIP(host) !== 0 || /^(?:.+\.)?localhost\.?$/i.test(host);
}

/**
 * Refuses what a web page can make a browser send to a service on the same machine: pages say where they come from,
 * and can send forms without being asked. A page whose own name leads to the loopback suddenly (DNS rebinding) reads
 * from there what it likes, and says nothing: where a connection is `open` to browsers, TCP without TLS, only names that
 * nobody can lead elsewhere are served.
 */
export function refuseBrowsers(headers: Headers, open: boolean): void {
  if (headers.has('origin')) {
    throw new HttpProblem(403, 'requests of web pages are not served (header Origin)');
  }
  const type = (headers.get('content-type') ?? '').toLowerCase();
  if (/^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\b/.test(type)) {
    throw new HttpProblem(403, `requests with the content type of forms are not served (${type})`);
  }
  if (open && headers.has('host') && !isUnbound(hostOf(headers))) {
    const host = JSON.stringify(headers.get('host'));
    throw new HttpProblem(403, `without TLS only localhost and addresses are served, not ${host}`);
  }
}
