import type { AuthFileOptions } from './auth-document.ts';
import { answerChallenge } from './authenticate.ts';
import { readBounded } from './body.ts';
import type { Credentials } from './credentials.ts';
import {
  ConnectionFailure,
  explainConnection,
  printable,
  type RefusedRequest,
  refused,
  unreachable,
} from './failures.ts';
import { findCredentials } from './find-credentials.ts';
import { hostOf, isLoopback } from './hosts.ts';
import type { Timeouts } from './pace.ts';
import { type FollowedResponse, sendFollowing } from './redirects.ts';
import { BusyAnswer, defaultRetryPolicy, parseRetryAfter, type RetryPolicy } from './retry.ts';
import {
  createTransport,
  type HttpResponse,
  type RequestBody,
  type Transport,
} from './transport.ts';

const detailLimit = 64 * 1024;
/** A minute without progress ends it: a body that stalls is asked for once more after half of that. */
export const defaultTimeouts: Timeouts = { firstByte: 60_000, stall: 30_000 };

export interface ClientOptions extends AuthFileOptions {
  /** `--cert-dir`. */
  certDir?: string | null;
  /** Registry as in references: `docker.io`, `quay.io`, `localhost:5000`. */
  host: string;
  /** Repository within it, `library/alpine`; empty: the registry itself. */
  repository: string;
  /** The actions that the caller means to take there; tokens are asked for them. */
  actions?: 'pull' | 'pull,push';
  /** Instead of a scope of the repository: `registry:catalog:*`. */
  scope?: string;
  /** False: any certificate is accepted, and plain HTTP where TLS is not spoken. */
  tlsVerify: boolean;
  /** Instead of those of the files. */
  credentials?: Credentials | null;
  timeouts?: Timeouts;
  retryPolicy?: RetryPolicy;
  /** Hears of long waits that the registry asks for. */
  onWait?(words: string): void;
}

/** One conversation with a repository of a registry: connections, origin, authorization. */
export interface Session {
  options: ClientOptions;
  transport: Transport;
  policy: RetryPolicy;
  tell(words: string): void;
  credentials: Promise<Credentials | null>;
  /** Further repositories that the token must open for reading: sources of mounted blobs. */
  readable: Set<string>;
  /** The registry's origin once it is known which scheme it speaks. */
  origin: Promise<URL> | null;
  /** Authorization of this repository's scope, once the registry asked for one. */
  authorization: string | null;
}

export interface Asked {
  kind: RefusedRequest['kind'];
  /** Below /v2/. */
  path: string;
  /** Instead of `path`: an address that the registry gave (an upload's Location). */
  url?: URL;
  /** The address was chosen by somebody else than the registry: it is asked for without credentials. */
  foreign?: boolean;
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  what: string;
  headers: Record<string, string>;
  /** Called for each try. */
  body?: () => RequestBody;
  /** Statuses besides 200 and 206 that are answers, not failures. */
  expected?: readonly number[];
}

/** Docker Hub's registry does not live at the name that its references use. */
function registryAddress(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

/** Whether an error is what the runtimes report when the peer of a TLS handshake does not speak TLS. */
function speaksNoTls({ code, message }: ConnectionFailure): boolean {
  return (
    /EPROTO|WRONG_VERSION|PACKET_LENGTH|ECONNRESET/.test(code) || /wrong version|TLS/.test(message)
  );
}

async function findOrigin({ options, transport }: Session): Promise<URL> {
  const address = registryAddress(options.host);
  const secure = new URL(`https://${address}/`);
  const plain = new URL(`http://${address}/`);
  if (options.tlsVerify && !isLoopback(hostOf(options.host))) return secure;
  try {
    (await transport.send({ url: new URL('/v2/', secure) })).discard();
    return secure;
  } catch (error) {
    const failure = explainConnection(error);
    if (speaksNoTls(failure)) return plain;
    if (options.tlsVerify) throw failure;
    // A caller who does not insist on TLS is content with what is there, whatever has become of TLS.
    return transport.send({ url: new URL('/v2/', plain) }).then(
      (response) => {
        response.discard();
        return plain;
      },
      () => {
        throw failure;
      },
    );
  }
}

export function originOf(session: Session): Promise<URL> {
  session.origin ??= findOrigin(session).catch((error: unknown) => {
    session.origin = null;
    throw error;
  });
  return session.origin;
}

function scopes({ options, readable }: Session): string[] {
  if (options.scope !== undefined) return [options.scope];
  if (options.repository === '') return [];
  const own = `repository:${options.repository}:${options.actions ?? 'pull'}`;
  return [own, ...[...readable].map((name) => `repository:${name}:pull`)];
}

/**
 * Credentials go to the registry's own origin only, wherever it sends us. Nor does anybody else say
 * where they are to go: a 401 that came by a redirect, or from a foreign address, stands as it is.
 */
async function sendAuthorized(session: Session, asked: Asked): Promise<FollowedResponse> {
  const { transport } = session;
  const registry = await originOf(session);
  const { method = 'GET', headers, body } = asked;
  const url = asked.url ?? new URL(`/v2/${asked.path}`, registry);
  const own = url.origin === registry.origin && asked.foreign !== true;
  const send = async (authorization: string | null): Promise<FollowedResponse> => {
    const all = own && authorization !== null ? { ...headers, authorization } : headers;
    if (method === 'GET' || method === 'HEAD') {
      return sendFollowing(transport, { url, method, headers: all });
    }
    const response = await transport.send({
      url,
      method,
      headers: all,
      ...(body && { body: body() }),
    });
    return { ...response, strayed: false };
  };
  const used = session.authorization;
  const response = await send(used);
  if (response.status !== 401 || !own || response.strayed) return response;
  // Another request may have fetched a new token meanwhile.
  if (session.authorization === used) {
    const answer = await answerChallenge(response.header('www-authenticate'), {
      transport,
      registry,
      credentials: await session.credentials,
      scopes: scopes(session),
    });
    if (answer === null || answer === used) return response;
    session.authorization = answer;
  }
  response.discard();
  return send(session.authorization);
}

/** A registry that sends back what it was sent shall not have it shown. */
function withoutSecrets(text: string): string {
  return text.replace(/\b(basic|bearer)\s+[\w+/=.~-]+/gi, '$1 …');
}

/** The first message of the registry's error document, printable; empty when there is none. */
async function readDetail(response: HttpResponse): Promise<string> {
  try {
    const body = await readBounded(response, detailLimit, 'the error document');
    const message: unknown = JSON.parse(Buffer.from(body).toString('utf8'))?.errors?.[0]?.message;
    return typeof message === 'string' ? printable(message) : '';
  } catch {
    return '';
  }
}

/**
 * The answer to a request, when it is one of success. Errors: BusyAnswer for what may be tried again,
 * BryoError of `refused`, ConnectionFailure.
 */
export async function ask(session: Session, asked: Asked): Promise<FollowedResponse> {
  const response = await sendAuthorized(session, asked);
  const { status } = response;
  if (status === 200 || status === 206 || asked.expected?.includes(status)) return response;
  const retryAfter = parseRetryAfter(response.header('retry-after'), Date.now());
  const detail = withoutSecrets(await readDetail(response));
  const { kind, what } = asked;
  const error = refused({ host: session.options.host, what, kind, status, detail });
  throw status === 429 || status >= 500 ? new BusyAnswer(error, retryAfter) : error;
}

/** The user's error for whatever `ask` throws. */
export function nameFailure(session: Session, error: unknown): unknown {
  if (error instanceof BusyAnswer) return error.answer;
  return error instanceof ConnectionFailure ? unreachable(session.options.host, error) : error;
}

/** Opens a conversation; nothing is sent yet. */
export function openSession(options: ClientOptions): Session {
  const transport = createTransport({
    ...options,
    ownHost: registryAddress(options.host),
    timeouts: options.timeouts ?? defaultTimeouts,
  });
  const credentials =
    options.credentials === undefined
      ? findCredentials(options.host, options.repository, options)
      : Promise.resolve(options.credentials);
  // The request that needs them meets the error; a public registry never asks.
  credentials.catch(() => undefined);
  return {
    options,
    transport,
    policy: options.retryPolicy ?? defaultRetryPolicy,
    tell: options.onWait ?? (() => undefined),
    credentials,
    readable: new Set(),
    origin: null,
    authorization: null,
  };
}
