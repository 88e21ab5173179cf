/**
 * A name server that answers by the first label of what it is asked: `node odd-name-server.js ADDRESS`.
 * Every query is a line of output: the name, the port it came from, its id, `udp` or `tcp`.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { createServer } from 'node:net';

const address = process.argv[2] ?? '127.0.0.1';
const addressOf = 1;
const codes: Record<string, number> = { nope: 3, servfail: 2, refused: 5, formerr: 1 };

interface Question {
  name: string;
  type: number;
  /** Bytes of the message up to the end of the question. */
  end: number;
}

function questionOf(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let size = message[at] ?? 0; size > 0; size = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** An answer of so many addresses, 192.0.2.7 and the following ones. */
function answer(query: Buffer, flags: number, addresses: number): Buffer {
  const { end } = questionOf(query);
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(0x8180 | flags, 2);
  head.writeUInt16BE(addresses, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = Array.from({ length: addresses }, (_, index) =>
    Buffer.from([0xc0, 12, 0, addressOf, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, (7 + index) % 256]),
  );
  return Buffer.concat([head, ...records]);
}

/** An answer that speaks of 6.6.6.6 as another name's address (`side`), or says that the name is itself (`loop`). */
function astray(query: Buffer, kind: string): Buffer {
  const message = answer(query, 0, 1);
  message.writeUInt16BE(2, 6);
  const fixed = [0, 1, 0, 0, 0, 60];
  const foreign = [4, ...Buffer.from('evil'), 0, 0, addressOf, ...fixed, 0, 4, 6, 6, 6, 6];
  const itself = [0xc0, 12, 0, 5, ...fixed, 0, 2, 0xc0, 12];
  return Buffer.concat([message, Buffer.from(kind === 'side' ? foreign : itself)]);
}

function tell(query: Buffer, port: number, protocol: string): string {
  const { name } = questionOf(query);
  process.stdout.write(`${name} ${port} ${query.readUInt16BE(0)} ${protocol}\n`);
  return name.split('.')[0]?.toLowerCase() ?? '';
}

const socket = createSocket('udp4');
const stranger = createSocket('udp4');

function forge(query: Buffer, from: RemoteInfo): void {
  const wrongId = answer(query, 0, 1);
  wrongId.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
  const wrongName = answer(query, 0, 1);
  wrongName[13] = (wrongName[13] ?? 0) ^ 2;
  const wrongType = answer(query, 0, 1);
  wrongType[questionOf(query).end - 3] = 28;
  for (const message of [wrongId, wrongName, wrongType, Buffer.from([1]), query]) {
    socket.send(message, from.port, from.address);
  }
  stranger.send(answer(query, 3, 0), from.port, from.address);
  setTimeout(() => socket.send(answer(query, 0, 1), from.port, from.address), 100);
}

socket.on('message', (query, from) => {
  const kind = tell(query, from.port, 'udp');
  if (kind === 'silent') return;
  if (kind === 'forged') {
    forge(query, from);
    return;
  }
  if (kind === 'side' || kind === 'loop') {
    socket.send(astray(query, kind), from.port, from.address);
    return;
  }
  const flags = kind.startsWith('big') ? 0x0200 : (codes[kind] ?? 0);
  socket.send(answer(query, flags, flags === 0 ? 1 : 0), from.port, from.address);
});

const server = createServer((connection) => {
  connection.on('error', () => connection.destroy());
  connection.once('data', (data) => {
    const query = data.subarray(2);
    const kind = tell(query, connection.remotePort ?? 0, 'tcp');
    if (kind === 'bigdead') {
      connection.destroy();
      return;
    }
    const message = answer(query, 0, 200);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(message.length);
    // In pieces, the length as well.
    connection.write(size.subarray(0, 1));
    setTimeout(() => connection.write(size.subarray(1)), 20);
    setTimeout(() => connection.end(message), 40);
  });
});

stranger.bind(0, address);
socket.bind(53, address, () => server.listen(53, address, () => process.stdout.write('ready\n')));
