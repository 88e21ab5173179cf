import * as http from 'node:http';
import * as https from 'node:https';
import { ConnectionFailure, explainConnection } from './failures.ts';
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

/** Milliseconds. */
export interface Timeouts {
  /** From the request, or the end of its body, to the answer's first byte; connecting included. */
  firstByte: number;
  /** Between two pieces of a body. */
  stall: number;
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
  /** One for each host: authorities differ. */
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

async function* readBody(
  message: http.IncomingMessage,
  stall: number,
): AsyncGenerator<Uint8Array, void, void> {
  // The clock only counts while we wait for the peer, not while the consumer is busy.
  let waiting = false;
  const timer = setTimeout(function expire() {
    if (waiting) message.destroy(new ConnectionFailure('ETIMEDOUT', 'no data for a while', true));
    else timer.refresh();
  }, stall);
  const chunks: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]();
  try {
    for (;;) {
      waiting = true;
      timer.refresh();
      const next = await chunks.next();
      waiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw explainConnection(error);
  } finally {
    clearTimeout(timer);
    message.destroy();
  }
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

/** Every piece that goes out gives the peer new time to answer. */
async function sendBody(
  outgoing: http.ClientRequest,
  body: AsyncIterable<Uint8Array>,
  onProgress: () => void,
): Promise<void> {
  for await (const piece of body) {
    if (outgoing.destroyed) return;
    onProgress();
    if (!outgoing.write(piece)) {
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          outgoing.off('drain', goOn).off('close', goOn);
          resolve();
        };
        outgoing.on('drain', goOn).on('close', goOn);
      });
    }
  }
  onProgress();
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
    const expire = () => outgoing.destroy(new ConnectionFailure('ETIMEDOUT', 'no answer', true));
    const timer = setTimeout(expire, options.timeouts.firstByte);
    outgoing.once('response', (message) => {
      clearTimeout(timer);
      resolve(wrapResponse(message, options.timeouts));
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(explainConnection(error));
    });
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      outgoing.end(body);
      return;
    }
    sendBody(outgoing, body, () => timer.refresh()).catch((error: Error) =>
      outgoing.destroy(error),
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
