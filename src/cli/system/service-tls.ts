import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { BryoError, errnoCode } from '../../base/errors.ts';

/** The files by which a service and its clients know each other, as docker's daemon names them. */
export interface TlsFiles {
  /** The certificates of those who have signed those of clients. */
  ca: string;
  cert: string;
  key: string;
}

/** A TCP port, by an address in numbers. */
export interface TlsPlace {
  host: string;
  port: number;
}

/** The acceptor to start: its arguments, and descriptors that it gets from 3 on. */
export interface AcceptorStart {
  path: string;
  words: readonly string[];
  fds: readonly number[];
  env: readonly string[];
  /** The socket of the acceptor's that connections are led to. */
  socket: string;
}

/** Milliseconds for a handshake, and connections at once: clients that say nothing hold nobody. */
const handshakeTimeout = 10_000;
const mostConnections = 1024;

function readFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BryoError('usage', `--${flag} ${path}: ${errnoCode(error) ?? error}`, {
      cause: error,
    });
  }
}

/** Leads what comes over a connection to the acceptor, and back. */
function lead(client: TLSSocket, socket: string): void {
  const inner = connect({ path: socket, allowHalfOpen: true });
  client.on('error', () => inner.destroy());
  inner.on('error', () => client.destroy());
  client.on('close', () => inner.destroy());
  client.pipe(inner);
  inner.pipe(client);
}

/** A server that talks only with who shows a certificate that the authority has signed. */
function makeServer(files: TlsFiles, socket: string): Server {
  const options = {
    ca: readFile('tlscacert', files.ca),
    cert: readFile('tlscert', files.cert),
    key: readFile('tlskey', files.key),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout,
    allowHalfOpen: true,
  } as const;
  let server: Server;
  try {
    server = createServer(options, (client) => {
      // Said once more where it matters: nothing goes on without a certificate that was checked.
      if (client.authorized) lead(client, socket);
      else client.destroy();
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BryoError('usage', `--tlscert, --tlskey, --tlscacert: ${why}`, { cause: error });
  }
  server.maxConnections = mostConnections;
  // Handshakes that fail are the client's affair.
  server.on('tlsClientError', () => undefined);
  return server;
}

function listen(server: Server, { host, port }: TlsPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const why = errnoCode(error) ?? error.message;
      reject(new BryoError('usage', `tcp://${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

/**
 * Listens with TLS on ports, for an acceptor that is started for it; resolves with the acceptor's status when that has
 * ended. This process carries nothing but bytes.
 */
export async function serveWithTls(
  files: TlsFiles,
  places: readonly TlsPlace[],
  { path, words, fds, env, socket }: AcceptorStart,
): Promise<number> {
  const servers = places.map(() => makeServer(files, socket));
  const environment = Object.fromEntries(
    env.map((entry) => entry.split(/=(.*)/s)).map(([name = '', value = '']) => [name, value]),
  );
  const child = spawn(path, words, {
    argv0: 'bryo-launcher',
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', ...fds],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  // Clients are let in when there is somebody to lead them to.
  let waits = true;
  const stopWaiting = (): void => {
    waits = false;
  };
  ended.then(stopWaiting, stopWaiting);
  while (waits && !existsSync(socket)) await setTimeout(5);
  try {
    await Promise.all(places.map((place, index) => listen(servers[index] as Server, place)));
  } catch (error) {
    child.kill('SIGTERM');
    await ended;
    throw error;
  }
  const status = await ended;
  for (const server of servers) server.close();
  return status;
}
