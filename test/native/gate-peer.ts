/**
 * Both ends of connections: `node gate-peer.js serve ADDRESS` listens at ports that behave each in
 * their way; `node gate-peer.js MODE ADDRESS PORT` connects and writes as JSON what came of it.
 */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [mode = '', address = '', port = '0'] = process.argv.slice(2);

/** Ports of the server. */
const echo = 7001;
const counting = 7002;
const resetting = 7003;
const greeting = 7004;

function listen(number: number, handle: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  return new Promise((resolve) => server.listen(number, address, 4096, resolve));
}

async function serve(): Promise<void> {
  await listen(echo, (socket) => socket.pipe(socket));
  await listen(counting, (socket) => {
    let size = 0;
    socket.on('data', (data) => {
      size += data.length;
    });
    // Answers only once the client has said all.
    socket.on('end', () => socket.end(`${size} from ${socket.remoteAddress}`));
  });
  await listen(resetting, (socket) => setTimeout(() => socket.resetAndDestroy(), 50));
  await listen(greeting, (socket) => socket.end('hello'));
  process.stdout.write('ready\n');
}

/** `patience`: milliseconds until the attempt is given up. */
async function dial(patience = 8000): Promise<Socket | string> {
  const socket = connect({ host: address, port: Number(port), allowHalfOpen: true });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    setTimeout(() => resolve('waiting'), patience).unref();
  });
}

async function talk(socket: Socket, bytes: Buffer): Promise<{ text: Buffer; error: string }> {
  const parts: Buffer[] = [];
  let error = '';
  socket.on('data', (part) => parts.push(part));
  socket.on('error', (reason: NodeJS.ErrnoException) => {
    error = reason.code ?? '';
  });
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return { text: Buffer.concat(parts), error };
}

async function exchange(size: number): Promise<object> {
  const socket = await dial();
  if (typeof socket === 'string') return { error: socket };
  const bytes = Buffer.alloc(size, 'All bytes in their order. ');
  const { text, error } = await talk(socket, bytes);
  return { same: text.equals(bytes), text: text.toString('latin1', 0, 60), error };
}

async function many(count: number): Promise<object> {
  const dialled = await Promise.all(Array.from({ length: count }, () => dial(60_000)));
  const sockets = dialled.filter((one) => typeof one !== 'string');
  await pause(100);
  const texts = await Promise.all(sockets.map((socket) => talk(socket, Buffer.from('x'))));
  return {
    connected: sockets.length,
    answered: texts.filter(({ text }) => `${text}` === 'x').length,
  };
}

/** Asks for connections that nobody answers, and stays. */
async function flood(count: number): Promise<never> {
  const dialled = Array.from({ length: count }, () => dial(3_600_000));
  process.stdout.write('ready\n');
  await Promise.all(dialled);
  return pause(3_600_000) as Promise<never>;
}

async function run(): Promise<object> {
  if (mode === 'flood') return flood(6000);
  if (mode === 'many') return many(1500);
  if (mode === 'big') return exchange(8 << 20);
  const patience = mode === 'impatient' ? 2500 : 8000;
  if (mode === 'say') return exchange(5);
  const socket = await dial(patience);
  return { outcome: typeof socket === 'string' ? socket : 'connected' };
}

if (mode === 'serve') {
  await serve();
} else {
  process.stdout.write(JSON.stringify(await run()));
  process.exit(0);
}
