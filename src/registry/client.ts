import { setTimeout as sleep } from 'node:timers/promises';
import { BryoError } from '../base/errors.ts';
import { type AuthFileOptions, type Credentials, findCredentials } from './auth-file.ts';
import { answerChallenge } from './authenticate.ts';
import { readBounded } from './body.ts';
import {
  ConnectionFailure,
  explainConnection,
  printable,
  type RefusedRequest,
  refused,
  unreachable,
} from './failures.ts';
import { hostOf, isLoopback } from './hosts.ts';
import { sendFollowing } from './redirects.ts';
import {
  BusyAnswer,
  defaultRetryPolicy,
  parseRetryAfter,
  type RetryPolicy,
  retryDelay,
  retrying,
} from './retry.ts';
import { createTransport, type HttpResponse, type Timeouts, type Transport } from './transport.ts';

const manifestLimit = 4 * 1024 * 1024;
const detailLimit = 64 * 1024;
const defaultTimeouts: Timeouts = { firstByte: 30_000, stall: 60_000 };

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export interface ClientOptions extends AuthFileOptions {
  /** Registry as in references: `docker.io`, `quay.io`, `localhost:5000`. */
  host: string;
  /** Repository within it, `library/alpine`. */
  repository: string;
  /** False: any certificate is accepted, and plain HTTP where TLS is not spoken. */
  tlsVerify: boolean;
  timeouts?: Timeouts;
  retryPolicy?: RetryPolicy;
}

export interface FetchedManifest {
  bytes: Uint8Array;
  /** The registry's Content-Type without parameters; the document itself may say otherwise. */
  mediaType: string;
}

/** Reads one repository of a registry (OCI distribution specification, pull side). */
export interface RegistryClient {
  /** The manifest under a tag or digest, unverified. Errors: `manifest-unknown`, `too-large`, … */
  getManifest(tagOrDigest: string): Promise<FetchedManifest>;
  /**
   * The bytes of a blob, exactly `size` of them, unverified. A cut connection is resumed where it
   * broke; the stream fails when tries are used up or the body is longer.
   */
  getBlob(digest: string, size: number): AsyncGenerator<Uint8Array, void, void>;
  close(): void;
}

interface Session {
  options: ClientOptions;
  transport: Transport;
  policy: RetryPolicy;
  credentials: Promise<Credentials | null>;
  /** The registry's origin once it is known which scheme it speaks. */
  origin: Promise<URL> | null;
  /** Authorization of this repository's scope, once the registry asked for one. */
  authorization: string | null;
}

interface Asked {
  kind: RefusedRequest['kind'];
  path: string;
  what: string;
  headers: Record<string, string>;
}

/** Docker Hub's registry does not live at the name that its references use. */
function registryAddress(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

/** What the runtimes report when the peer of a TLS handshake does not speak TLS. */
function speaksNoTls({ code, message }: ConnectionFailure): boolean {
  return (
    /EPROTO|WRONG_VERSION|PACKET_LENGTH|ECONNRESET/.test(code) || /wrong version|TLS/.test(message)
  );
}

async function findOrigin({ options, transport }: Session): Promise<URL> {
  const address = registryAddress(options.host);
  const secure = new URL(`https://${address}/`);
  if (options.tlsVerify && !isLoopback(hostOf(options.host))) return secure;
  try {
    (await transport.send({ url: new URL('/v2/', secure) })).discard();
    return secure;
  } catch (error) {
    const failure = explainConnection(error);
    if (!speaksNoTls(failure)) throw failure;
    return new URL(`http://${address}/`);
  }
}

function originOf(session: Session): Promise<URL> {
  session.origin ??= findOrigin(session).catch((error: unknown) => {
    session.origin = null;
    throw error;
  });
  return session.origin;
}

async function sendAuthorized(session: Session, { path, headers }: Asked): Promise<HttpResponse> {
  const { transport, options } = session;
  const registry = await originOf(session);
  const url = new URL(`/v2/${options.repository}/${path}`, registry);
  const send = (authorization: string | null) =>
    sendFollowing(transport, {
      url,
      headers: authorization === null ? headers : { ...headers, authorization },
    });
  const used = session.authorization;
  const response = await send(used);
  if (response.status !== 401) return response;
  // Another request may have fetched a new token meanwhile.
  if (session.authorization === used) {
    const answer = await answerChallenge(response.header('www-authenticate'), {
      transport,
      registry,
      credentials: await session.credentials,
      scope: `repository:${options.repository}:pull`,
    });
    if (answer === null || answer === used) return response;
    session.authorization = answer;
  }
  response.discard();
  return send(session.authorization);
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

async function ask(session: Session, asked: Asked): Promise<HttpResponse> {
  const response = await sendAuthorized(session, asked);
  const { status } = response;
  if (status === 200 || status === 206) return response;
  const retryAfter = parseRetryAfter(response.header('retry-after'), Date.now());
  const detail = await readDetail(response);
  const { kind, what } = asked;
  const error = refused({ host: session.options.host, what, kind, status, detail });
  throw status === 429 || status >= 500 ? new BusyAnswer(error, retryAfter) : error;
}

function nameFailure(session: Session, error: unknown): unknown {
  if (error instanceof BusyAnswer) return error.answer;
  return error instanceof ConnectionFailure ? unreachable(session.options.host, error) : error;
}

async function getManifest(session: Session, tagOrDigest: string): Promise<FetchedManifest> {
  const { host, repository } = session.options;
  const separator = tagOrDigest.includes(':') ? '@' : ':';
  const asked: Asked = {
    kind: 'manifest',
    path: `manifests/${tagOrDigest}`,
    what: `${host}/${repository}${separator}${tagOrDigest}`,
    headers: { accept: manifestTypes },
  };
  try {
    return await retrying(session.policy, async () => {
      const response = await ask(session, asked);
      const mediaType = response.header('content-type')?.split(';')[0]?.trim() ?? '';
      const bytes = await readBounded(response, manifestLimit, `the manifest of ${asked.what}`);
      return { bytes, mediaType };
    });
  } catch (error) {
    throw nameFailure(session, error);
  }
}

/** Where the bytes of an answer to a (range) request begin within the blob. */
function startOfAnswer(response: HttpResponse, wanted: number): number {
  if (response.status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(response.header('content-range') ?? '')?.[1];
  if (Number(start) !== wanted) {
    throw new ConnectionFailure('EBADRANGE', 'it answered with another range', false);
  }
  return wanted;
}

interface BlobProgress {
  digest: string;
  size: number;
  received: number;
}

async function* readOnce(session: Session, blob: BlobProgress) {
  const { host, repository } = session.options;
  const response = await ask(session, {
    kind: 'blob',
    path: `blobs/${blob.digest}`,
    what: `blob ${blob.digest} of ${host}/${repository}`,
    headers: blob.received > 0 ? { range: `bytes=${blob.received}-${blob.size - 1}` } : {},
  });
  try {
    let position = startOfAnswer(response, blob.received);
    for await (const chunk of response.body()) {
      // A server without ranges starts again at 0: what we have already is passed over.
      const fresh = chunk.subarray(Math.max(0, blob.received - position));
      position += chunk.length;
      if (position > blob.size) {
        throw new BryoError('wrong-size', `blob ${blob.digest} is longer than its manifest says`);
      }
      if (fresh.length === 0) continue;
      blob.received += fresh.length;
      yield fresh;
    }
  } finally {
    response.discard();
  }
  if (blob.received < blob.size) {
    throw new ConnectionFailure('ECONNRESET', 'the connection was cut', true);
  }
}

async function* getBlob(session: Session, digest: string, size: number) {
  const blob: BlobProgress = { digest, size, received: 0 };
  for (let next = 2; blob.received < size; next += 1) {
    const before = blob.received;
    try {
      yield* readOnce(session, blob);
    } catch (error) {
      // A large part that came through earns a new start; a trickle does not.
      if (blob.received - before > size / 16) next = 2;
      const delay = retryDelay(error, next, session.policy);
      if (delay === null) throw nameFailure(session, error);
      await sleep(delay);
    }
  }
}

export function createRegistryClient(options: ClientOptions): RegistryClient {
  const transport = createTransport({ ...options, timeouts: options.timeouts ?? defaultTimeouts });
  const credentials = findCredentials(options.host, options.repository, options);
  // Whoever needs them meets the error; a public registry never asks.
  credentials.catch(() => undefined);
  const session: Session = {
    options,
    transport,
    policy: options.retryPolicy ?? defaultRetryPolicy,
    credentials,
    origin: null,
    authorization: null,
  };
  return {
    getManifest: (tagOrDigest) => getManifest(session, tagOrDigest),
    getBlob: (digest, size) => getBlob(session, digest, size),
    close: () => transport.close(),
  };
}
