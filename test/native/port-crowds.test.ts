/** Many connections at once over a published port, each half closed before it is answered; flows of UDP expire. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { requirePrograms } from '../support/requirements.ts';
import { crowdServer } from './crowd-server.ts';

requirePrograms('slirp4netns', 'nft', 'gcc');
const sandbox = new Sandbox();

const directory = sandbox.makeDirectory('server');
writeFileSync(`${directory}/server.c`, crowdServer);
execFileSync('gcc', ['-O1', '-static', '-o', `${directory}/server`, `${directory}/server.c`]);

const [, hard = '0'] =
  /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
/** A relay takes two descriptors for each connection, and some for itself. */
const count = Math.min(10_000, Math.floor((Number(hard) - 100) / 2));

function serve(name: string, network: string, port: number): void {
  const publish = ['-p', `127.0.0.1:${port}:80`, '-p', `127.0.0.1:${port}:80/udp`];
  const limits = ['--ulimit', `nofile=${count + 500}:${count + 500}`];
  const flags = ['--name', name, '--network', network, ...publish, ...limits];
  sandbox.ok('run', '-d', ...flags, '-v', `${directory}:/server:ro`, 'hello', '/server/server');
}

/** A client: what it was told before it has said all, and afterwards. */
class Client {
  readonly socket: Socket;
  told = '';
  error = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.told += text;
    });
    this.socket.on('error', (error) => {
      this.error = error.message;
    });
  }
}

async function untilAll(clients: readonly Client[], test: (client: Client) => boolean) {
  await eventually('every client is served', () =>
    clients.every((client) => client.error !== '' || test(client)),
  );
}

/** What clients complain of, without repetition. */
function complaints(clients: readonly Client[]): string[] {
  return [...new Set(clients.map(({ error }) => error).filter((error) => error !== ''))];
}

for (const network of ['bridge', 'slirp4netns']) {
  t.test(`${count} connections at once, and their halves (${network})`, async (t) => {
    const port = await freePort();
    serve('crowd', network, port);
    await eventually('the server is there', () => sandbox.ok('logs', 'crowd') === 'ready\n');
    const clients: Client[] = [];
    // As many as the backlog of any listener holds.
    for (let at = 0; at < count; at += 500) {
      const batch = Array.from({ length: Math.min(500, count - at) }, () => new Client(port));
      clients.push(...batch);
      await untilAll(batch, ({ told }) => told === 'hello\n');
    }
    t.same(complaints(clients), []);
    t.equal(clients.filter(({ told }) => told === 'hello\n').length, count, 'all are open');
    for (const [index, { socket }] of clients.entries()) socket.end('x'.repeat(1 + (index % 50)));
    await untilAll(clients, ({ told }) => told.length > 6);
    t.same(complaints(clients), []);
    const right = clients.filter(({ told }, index) => told === `hello\n${1 + (index % 50)}\n`);
    t.equal(right.length, count, 'each is answered after its half is closed');
    for (const { socket } of clients) socket.destroy();
    // The relay goes on.
    const last = new Client(port);
    await untilAll([last], ({ told }) => told === 'hello\n');
    t.equal(last.error, '');
    last.socket.destroy();
    sandbox.ok('rm', '-f', '-t', '0', 'crowd');
  });
}

/** Sockets of UDP in the container's network: its server's, and one for each flow. */
function flows(): number {
  const table = sandbox.ok('exec', 'flows', 'cat', '/proc/net/udp');
  return table.trim().split('\n').length - 1;
}

t.test('flows of UDP expire', async (t) => {
  const port = await freePort();
  serve('flows', 'slirp4netns', port);
  await eventually('the server is there', () => sandbox.ok('logs', 'flows') === 'ready\n');
  const before = flows();
  for (let index = 0; index < 20; index += 1) {
    const client = createSocket('udp4').bind(0, '127.0.0.1');
    await once(client, 'listening');
    const answer = once(client, 'message');
    client.send('datagram', port, '127.0.0.1');
    t.equal(String((await answer)[0]), 'datagram');
    client.close();
  }
  t.ok(flows() >= before + 20, 'each has a socket');
  // A minute after the last datagram.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  await eventually('their sockets are closed', () => flows() === before);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
