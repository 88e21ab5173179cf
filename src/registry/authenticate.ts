import { BryoError } from '../base/errors.ts';
import { isJsonObject } from '../base/json-object.ts';
import { readBounded } from './body.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { refused } from './failures.ts';
import { hostOf, isInternalLiteral } from './hosts.ts';
import { sendFollowing } from './redirects.ts';
import type { HttpResponse, Transport } from './transport.ts';

const tokenLimit = 1024 * 1024;

export interface AuthenticateOptions {
  transport: Transport;
  /** Origin of the registry that challenged. */
  registry: URL;
  credentials: Credentials | null;
  /** The scopes of the token: `repository:NAME:pull` and the like; none for the registry itself. */
  scopes: readonly string[];
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * The token server's address, if it may be asked: a registry under TLS cannot send its users'
 * credentials over plain HTTP, and a public one cannot point into a private network.
 * Errors: `bad-realm`.
 */
export function checkRealm(realm: string | undefined, registry: URL): URL {
  const refuse = (why: string) =>
    new BryoError('bad-realm', `registry ${registry.host} names a token server that ${why}`);
  let url: URL;
  try {
    url = new URL(realm ?? '');
  } catch {
    throw refuse('has no valid address');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('does not speak HTTP');
  if (registry.protocol === 'https:' && url.protocol === 'http:') throw refuse('is not encrypted');
  if (url.username !== '' || url.password !== '') throw refuse('has a password in its address');
  const host = hostOf(url.host);
  const registryHost = hostOf(registry.host);
  if (isInternalLiteral(host) && host !== registryHost && !isInternalLiteral(registryHost)) {
    throw refuse('is an address of an internal network');
  }
  return url;
}

/** A hostile registry could ask for more than we need, so only a pull scope of its is taken over. */
function chooseScopes(challenge: Challenge, scopes: readonly string[]): readonly string[] {
  const asked = challenge.parameters['scope'] ?? '';
  const reads = scopes.length === 1 && scopes[0]?.endsWith(':pull');
  return reads && /^repository:[a-z0-9][a-z0-9._/-]*:pull$/.test(asked) ? [asked] : scopes;
}

function requestToken(challenge: Challenge, options: AuthenticateOptions): Promise<HttpResponse> {
  const { transport, credentials } = options;
  const realm = checkRealm(challenge.parameters['realm'], options.registry);
  const service = challenge.parameters['service'] ?? '';
  const scopes = chooseScopes(challenge, options.scopes);
  if (credentials?.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.token,
      client_id: 'bryo',
      service,
      scope: scopes.join(' '),
    });
    return transport.send({
      url: realm,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
  }
  if (service !== '') realm.searchParams.set('service', service);
  for (const scope of scopes) realm.searchParams.append('scope', scope);
  if (credentials !== null) realm.searchParams.set('account', credentials.username);
  const headers: Record<string, string> =
    credentials === null ? {} : { authorization: basic(credentials) };
  return sendFollowing(transport, { url: realm, headers });
}

function parseToken(body: Uint8Array, host: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    answer = null;
  }
  if (isJsonObject(answer)) {
    for (const token of [answer['token'], answer['access_token']]) {
      // The token goes into a header, so it must not be able to end one.
      if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
    }
  }
  throw new BryoError('bad-token', `the token server of registry ${host} sent no usable token`);
}

async function fetchToken(challenge: Challenge, options: AuthenticateOptions): Promise<string> {
  const host = options.registry.host;
  const response = await requestToken(challenge, options);
  if (response.status !== 200) {
    response.discard();
    const what = `registry ${host} by its token server`;
    throw refused({ host, what, kind: 'token', status: response.status, detail: '' });
  }
  return parseToken(await readBounded(response, tokenLimit, `the token of registry ${host}`), host);
}

/**
 * The Authorization header that answers a 401 of the registry itself, or null when we have nothing to
 * answer it with. Credentials go to the realm in it: the 401 of another origin must not come here.
 * Follows the distribution token specification (GET with Basic, POST for identity tokens).
 * Errors: `bad-realm`, `bad-token`, `access-denied`, ConnectionFailure.
 */
export async function answerChallenge(
  header: string | undefined,
  options: AuthenticateOptions,
): Promise<string | null> {
  const challenges = parseChallenges(header ?? '');
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, options)}`;
  const { credentials } = options;
  const wantsBasic = challenges.some(({ scheme }) => scheme === 'basic');
  return wantsBasic && credentials?.kind === 'basic' ? basic(credentials) : null;
}
