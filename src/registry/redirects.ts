import { BryoError } from '../base/errors.ts';
import { hostOf, isInternalLiteral } from './hosts.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

const redirectLimit = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

function parseTarget(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch (cause) {
    throw new BryoError('bad-redirect', `registry ${base.host} redirects to an invalid address`, {
      cause,
    });
  }
}

/** Errors: `bad-redirect`. */
export function checkTarget(target: URL, from: URL): void {
  const refuse = (why: string) =>
    new BryoError(
      'bad-redirect',
      `refusing the redirect of ${from.host} to ${target.host}: ${why}`,
    );
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refuse('not HTTP');
  if (from.protocol === 'https:' && target.protocol === 'http:') throw refuse('not encrypted');
  if (target.username !== '' || target.password !== '') throw refuse('it carries a password');
  const host = hostOf(target.host);
  if (isInternalLiteral(host) && !isInternalLiteral(hostOf(from.host))) {
    throw refuse('an address of an internal network');
  }
}

/** Credentials belong to one origin: scheme, host and port. */
function stripCredentials(headers: HttpRequest['headers']): Record<string, string> {
  const kept = Object.entries(headers ?? {}).filter(
    ([name]) => name.toLowerCase() !== 'authorization',
  );
  return Object.fromEntries(kept);
}

export interface FollowedResponse extends HttpResponse {
  /** The answer took a way over another origin: what it says is not the word of the one that was asked. */
  strayed: boolean;
}

/**
 * Sends a GET or HEAD and follows at most five redirects. Authorization is dropped for good at the first
 * hop to another scheme, host or port. Errors: `bad-redirect`; ConnectionFailure of the transport.
 */
export async function sendFollowing(
  transport: Transport,
  request: {
    url: URL;
    method?: 'GET' | 'HEAD';
    headers: Readonly<Record<string, string>>;
  },
): Promise<FollowedResponse> {
  let { url, headers } = request;
  let strayed = false;
  const { method = 'GET' } = request;
  for (let hop = 0; hop <= redirectLimit; hop += 1) {
    const response = await transport.send({ url, method, headers });
    const location = response.header('location');
    if (!redirectStatuses.has(response.status) || location === undefined) {
      return { ...response, strayed };
    }
    response.discard();
    const target = parseTarget(location, url);
    checkTarget(target, url);
    if (target.origin !== url.origin) {
      headers = stripCredentials(headers);
      strayed = true;
    }
    url = target;
  }
  throw new BryoError('bad-redirect', `registry ${request.url.host} redirects too many times`);
}
