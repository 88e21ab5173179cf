import * as https from 'node:https';
import { connect, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { ConnectionFailure } from './failures.ts';
import { proxyHeaders } from './proxy.ts';

/** Bytes of a proxy's answer to CONNECT. */
const answerLimit = 16 * 1024;

export interface TunnelOptions extends https.AgentOptions {
  proxy: URL;
  /** Authorities for a proxy that is itself reached by TLS. */
  proxyAuthorities: string[];
  /** Milliseconds for the proxy to connect. */
  patience: number;
}

function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}

function openProxy({ proxy, proxyAuthorities, rejectUnauthorized }: TunnelOptions): Socket {
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  if (proxy.protocol === 'http:') return connect(Number(proxy.port || 80), host);
  return tls.connect({
    host,
    port: Number(proxy.port || 443),
    servername: serverName(host),
    ca: proxyAuthorities,
    rejectUnauthorized: rejectUnauthorized ?? true,
  });
}

function failure(proxy: URL, code: string, why: string): ConnectionFailure {
  return new ConnectionFailure(code, `the proxy ${proxy.host} ${why}`, false);
}

/** Asks a proxy for a way to `target` (RFC 9110 section 9.3.6); resolves once it is open. */
function openTunnel(options: TunnelOptions, target: string): Promise<Socket> {
  const { proxy, patience } = options;
  return new Promise((resolve, reject) => {
    const socket = openProxy(options);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(failure(proxy, 'ETIMEDOUT', 'gives no answer')), patience);
    const onError = (error: Error & { code?: string }): void =>
      fail(failure(proxy, error.code ?? 'EPROXY', `cannot be reached: ${error.message}`));
    const onClose = (): void => fail(failure(proxy, 'EPROXY', 'closed the connection'));
    let head = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length <= answerLimit) return;
      clearTimeout(timer);
      socket.off('data', onData).off('error', onError).off('close', onClose).pause();
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1];
      if (end < 0 || status === undefined) throw failure(proxy, 'EPROXY', 'speaks no HTTP');
      if (!status.startsWith('2')) {
        throw failure(proxy, 'EPROXY', `refuses to connect to ${target} (${status})`);
      }
      // TLS is spoken by the client first: nothing may have come with the answer.
      if (head.length > end + 4) throw failure(proxy, 'EPROXY', 'sent unexpected bytes');
      resolve(socket);
    };
    const onData = (chunk: Buffer): void => {
      try {
        read(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
    const headers = Object.entries({ host: target, 'user-agent': 'bryo', ...proxyHeaders(proxy) });
    const lines = [
      `CONNECT ${target} HTTP/1.1`,
      ...headers.map(([key, text]) => `${key}: ${text}`),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}

/** TLS connections through a proxy: it sees the name of the host and nothing else. */
export class TunnelAgent extends https.Agent {
  readonly #options: TunnelOptions;

  constructor(options: TunnelOptions) {
    super(options);
    this.#options = options;
  }

  override createConnection(
    request: https.RequestOptions,
    done?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const options = request as tls.ConnectionOptions;
    const host = options.host ?? '';
    const target = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`;
    openTunnel(this.#options, target).then(
      (socket) => {
        const secure = tls.connect({ ...options, socket, servername: serverName(host) });
        const onError = (error: Error): void => done?.(error, secure);
        secure.once('error', onError).once('secureConnect', () => {
          secure.off('error', onError);
          done?.(null, secure);
        });
      },
      (error: Error) => done?.(error, new Socket()),
    );
    return undefined;
  }
}
