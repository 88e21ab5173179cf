import { execFileSync } from 'node:child_process';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A certificate of its own making for the names, and its key: paths of PEM files. */
export function makeCertificate(directory: string, name: string, ...names: string[]) {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.cert`)];
  const alternatives = names.map((text) => (/^[\d.]+$/.test(text) ? `IP:${text}` : `DNS:${text}`));
  const subject = ['-subj', `/CN=${name}`];
  if (names.length > 0) subject.push('-addext', `subjectAltName=${alternatives.join(',')}`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'ignore' });
  return { key, cert };
}

async function listen(test: Test, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Hands a request on as it is. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, to: string, path: string) {
  const [host = '', port] = to.split(':');
  const { method, headers } = incoming;
  const inner = request({ host, port, path, method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  inner.on('error', () => outgoing.destroy());
  outgoing.on('close', () => inner.destroy());
  incoming.pipe(inner);
}

/** A server in front of another one that notes the requests: `GET /v2/…`. */
export async function startObserver(test: Test, behind: string) {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    seen.push(`${method} ${url}`);
    forward(incoming, outgoing, behind, url);
  });
  return { address: await listen(test, server), seen };
}

/**
 * A proxy that knows where the hosts are. It notes what it is asked for, and with a `login` turns
 * away who does not give it.
 */
export async function startProxy(test: Test, hosts: Record<string, string>, login?: string) {
  const seen: string[] = [];
  const expected = login && `Basic ${Buffer.from(login).toString('base64')}`;
  const isWelcome = ({ headers }: IncomingMessage) =>
    expected === undefined || headers['proxy-authorization'] === expected;
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    seen.push(`${method} ${url}`);
    const target = new URL(url);
    const behind = hosts[target.hostname];
    if (!isWelcome(incoming) || behind === undefined) {
      outgoing.writeHead(isWelcome(incoming) ? 502 : 407).end();
      return;
    }
    delete incoming.headers['proxy-authorization'];
    forward(incoming, outgoing, behind, `${target.pathname}${target.search}`);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const { url = '' } = incoming;
    seen.push(`CONNECT ${url}`);
    const behind = hosts[url.split(':')[0] ?? ''];
    socket.on('error', () => socket.destroy());
    if (!isWelcome(incoming) || behind === undefined) {
      socket.end(`HTTP/1.1 ${isWelcome(incoming) ? 502 : 407} no\r\n\r\n`);
      return;
    }
    const [host = '', port] = behind.split(':');
    const inner = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => inner.destroy());
  });
  return { address: await listen(test, server), seen };
}
