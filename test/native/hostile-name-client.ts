/**
 * Asks names as nobody should: `node hostile-name-client.js MODE SERVER SOURCE`. Writes what came
 * of it as JSON.
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [mode = '', server = '', source = ''] = process.argv.slice(2);

function query(name: string, id = 1): Buffer {
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** The same numbers in every run. */
function* numbers(): Generator<number, never> {
  for (let state = 4711; ; ) {
    state = (state * 1103515245 + 12345) % 0x80000000;
    yield (state >> 16) & 255;
  }
}

async function datagrams(messages: Iterable<Buffer>, linger: number): Promise<number[]> {
  const socket = createSocket('udp4');
  const codes: number[] = [];
  socket.on('message', (message) => codes.push((message[3] ?? 0) & 15));
  await new Promise<void>((resolve) => socket.bind(0, source, resolve));
  let sent = 0;
  for (const message of messages) {
    socket.send(message, 53, server);
    sent += 1;
    if (sent % 50 === 0) await pause(1);
  }
  await pause(linger);
  socket.close();
  return codes;
}

function* garbage(): Generator<Buffer> {
  const random = numbers();
  for (let i = 0; i < 4000; ++i) {
    const size = i % 300;
    yield Buffer.from(Array.from({ length: size }, () => random.next().value));
  }
  for (let i = 0; i < 8000; ++i) {
    const message = query('web.dns.podman', i);
    const at = (random.next().value * 256 + random.next().value) % message.length;
    message[at] = random.next().value;
    yield i % 3 === 0 ? message.subarray(0, at) : message;
  }
}

function* flood(): Generator<Buffer> {
  for (let i = 0; i < 3000; ++i) yield query(`silent.n${i}.test`, i);
}

async function dial(): Promise<Socket | null> {
  const socket = connect({ port: 53, host: server, localAddress: source });
  socket.on('error', () => socket.destroy());
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return socket.destroyed ? null : socket;
}

/** All that comes until the other side ends, or so many bytes have come. */
async function received(socket: Socket, bytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const parts: Buffer[] = [];
  await new Promise<void>((resolve) => {
    socket.on('data', (part) => {
      parts.push(part);
      if (Buffer.concat(parts).length >= bytes) resolve();
    });
    socket.once('close', () => resolve());
    socket.once('end', () => resolve());
  });
  return Buffer.concat(parts);
}

async function crowd(): Promise<object> {
  const sockets: Socket[] = [];
  let open = 0;
  for (let i = 0; i < 100; ++i) {
    const socket = await dial();
    if (socket === null) continue;
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    socket.resume();
    sockets.push(socket);
  }
  await pause(300);
  const result = { open };
  for (const socket of sockets) socket.destroy();
  return result;
}

async function stream(...parts: Buffer[]): Promise<Buffer> {
  const socket = await dial();
  if (socket === null) return Buffer.alloc(0);
  const answer = received(socket);
  for (const part of parts) {
    socket.write(part);
    await pause(5);
  }
  socket.end();
  const bytes = await answer;
  socket.destroy();
  return bytes;
}

async function streams(): Promise<object> {
  const one = framed(query('web', 7));
  const single = [...one].map((byte) => Buffer.from([byte]));
  const many = Buffer.concat(Array.from({ length: 100 }, (_, id) => framed(query('web', id))));
  const size = framed(query('web')).length + 16;
  return {
    whole: (await stream(one)).length === size,
    bytewise: (await stream(...single)).length === size,
    pipelined: (await stream(many)).length === 100 * size,
    tooLong: (await stream(Buffer.from([255, 255, 0, 0]))).length,
    tooShort: (await stream(Buffer.from([0, 3, 1, 2, 3]))).length,
    cut: (await stream(one.subarray(0, 9))).length,
    response: (
      await stream(framed(Buffer.concat([Buffer.from([0, 1, 0x81]), query('web').subarray(3)])))
    ).length,
  };
}

async function idle(): Promise<object> {
  const socket = await dial();
  if (socket === null) return {};
  socket.write(Buffer.from([0]));
  const from = Date.now();
  await received(socket);
  socket.destroy();
  return { milliseconds: Date.now() - from };
}

const count = (codes: number[], code: number) => codes.filter((one) => one === code).length;

async function run(): Promise<object> {
  if (mode === 'garbage') return { answers: (await datagrams(garbage(), 200)).length };
  if (mode === 'flood') return { failed: count(await datagrams(flood(), 6000), 2) };
  if (mode === 'crowd') return crowd();
  return mode === 'idle' ? idle() : streams();
}

process.stdout.write(JSON.stringify(await run()));
