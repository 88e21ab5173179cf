import * as http from 'node:http';
import * as https from 'node:https';
import { explainConnection } from './failures.ts';
import { Deadline, readBody, type Timeouts } from './pace.ts';
import { proxyFor, proxyHeaders } from './proxy.ts';
import { loadAuthorities, loadClientCertificate, type TrustOptions } from './trust.ts';
import { TunnelAgent } from './tunnel.ts';

export interface HttpRequest {
  url: URL;
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  body?: RequestBody;
}

/** Bytes at once, or while they are read. */
export type RequestBody = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface HttpResponse {
  status: number;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** The body, once; fails with ConnectionFailure when it is cut or stalls. */
  body(): AsyncGenerator<Uint8Array, void, void>;
  /** Gives up the body and its connection. */
  discard(): void;
}

export interface TransportOptions extends TrustOptions {
  tlsVerify: boolean;
  /** `host[:port]` that a certificate of --cert-dir is shown to; others get none of it. */
  ownHost: string;
  timeouts: Timeouts;
}

/** Sends single HTTP requests (no redirects, no cookies) over connections that are kept alive. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

/** Bytes. */
const drainLimit = 16 * 1024;

interface Agents {
  plain: http.Agent;
  /** An agent for each host: authorities differ. */
  secure: Map<string, https.Agent>;
}

function secureAgent(agents: Agents, url: URL, options: TransportOptions): https.Agent {
  const found = agents.secure.get(url.host);
  if (found !== undefined) return found;
  const client =
    options.certDir && url.host !== options.ownHost
      ? null
      : loadClientCertificate(url.host, options);
  const settings = {
    keepAlive: true,
    rejectUnauthorized: options.tlsVerify,
    ...(options.tlsVerify && { ca: loadAuthorities(url.host, options) }),
    ...client,
  };
  const proxy = proxyFor(url, options.env);
  const agent =
    proxy === null
      ? new https.Agent(settings)
      : new TunnelAgent({
          ...settings,
          proxy,
          proxyAuthorities: loadAuthorities(proxy.host, { ...options, certDir: null }),
          patience: options.timeouts.firstByte,
        });
  agents.secure.set(url.host, agent);
  return agent;
}

function wrapResponse(message: http.IncomingMessage, timeouts: Timeouts): HttpResponse {
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: () => readBody(message, timeouts.stall),
    discard: () => {
      // A late reset of a connection nobody reads any more is no error.
      message.on('error', () => undefined);
      const rest = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      // Reading a short rest is cheaper than a new connection.
      if (rest <= drainLimit) message.resume();
      else message.destroy();
    },
  };
}

/** Bytes that are handed over at once: on a slow line each such piece is a progress. */
const pieceSize = 64 * 1024;

function* piecesOf(part: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < part.length; at += pieceSize) yield part.subarray(at, at + pieceSize);
}

/** Sends a body piece by piece and tells of each that has gone. */
async function sendBody(
  outgoing: http.ClientRequest,
  body: AsyncIterable<Uint8Array>,
  onProgress: () => void,
): Promise<void> {
  for await (const part of body) {
    for (const piece of piecesOf(part)) {
      if (outgoing.destroyed) return;
      onProgress();
      if (outgoing.write(piece)) continue;
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          outgoing.off('drain', goOn).off('close', goOn);
          resolve();
        };
        outgoing.on('drain', goOn).on('close', goOn);
      });
    }
  }
  outgoing.end();
}

/** Without TLS: to the host itself, or whole addresses to a proxy. */
function requestPlain(
  url: URL,
  settings: { method: string; headers: Readonly<Record<string, string>> },
  agents: Agents,
  options: TransportOptions,
): http.ClientRequest {
  const proxy = proxyFor(url, options.env);
  if (proxy === null) return http.request(url, { ...settings, agent: agents.plain });
  const headers = { host: url.host, ...settings.headers, ...proxyHeaders(proxy) };
  const target = { host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'), path: url.href, ...settings };
  return proxy.protocol === 'http:'
    ? http.request({ ...target, headers, port: proxy.port || 80, agent: agents.plain })
    : https.request({
        ...target,
        headers,
        port: proxy.port || 443,
        ca: loadAuthorities(proxy.host, { ...options, certDir: null }),
        rejectUnauthorized: options.tlsVerify,
      });
}

function sendOne(request: HttpRequest, agents: Agents, options: TransportOptions) {
  const { url, method = 'GET', body } = request;
  const secure = url.protocol === 'https:';
  return new Promise<HttpResponse>((resolve, reject) => {
    const settings = {
      method,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'bryo', ...request.headers },
    };
    const outgoing = secure
      ? https.request(url, { ...settings, agent: secureAgent(agents, url, options) })
      : requestPlain(url, settings, agents, options);
    const deadline = new Deadline(outgoing, options.timeouts);
    outgoing.once('response', (message) => {
      deadline.end();
      resolve(wrapResponse(message, options.timeouts));
    });
    outgoing.on('error', (error) => {
      deadline.end();
      reject(explainConnection(error));
    });
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      outgoing.end(body);
      return;
    }
    sendBody(outgoing, body, () => deadline.sending()).then(
      () => deadline.sent(),
      (error: Error) => outgoing.destroy(error),
    );
  });
}

export function createTransport(options: TransportOptions): Transport {
  const agents: Agents = { plain: new http.Agent({ keepAlive: true }), secure: new Map() };
  return {
    send: (request) => sendOne(request, agents, options),
    close: () => {
      agents.plain.destroy();
      for (const agent of agents.secure.values()) agent.destroy();
    },
  };
}
