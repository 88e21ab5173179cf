/** Containers attached to over a WebSocket (RFC 6455). */
import { createHash } from 'node:crypto';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { type RawClient, Service } from '../support/service.ts';

const sandbox = new Sandbox();
const service = new Service(sandbox);
t.before(() => service.ready());
t.teardown(async () => {
  await service.stop();
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

const key = Buffer.from('a key of a client').subarray(0, 16).toString('base64');
const accept = createHash('sha1')
  .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest('base64');
const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame of a client's, masked. */
function frame(opcode: number, text: string, { final = true } = {}): string {
  const mask = Buffer.from([7, 1, 0xff, 0x5a]);
  const head =
    text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 0xff];
  const bytes = Buffer.from(text, 'latin1').map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  const first = (final ? 0x80 : 0) | opcode;
  return Buffer.concat([Buffer.from([first, ...head]), mask, bytes]).toString('latin1');
}

/** The frames of a server's that have come whole after the head of its answer. */
function framesOf(received: string): { opcode: number; text: string }[] {
  const bytes = Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1');
  const frames = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + head > bytes.length) break;
    const size =
      head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
    if (at + head + size > bytes.length) break;
    const text = bytes.toString('latin1', at + head, at + head + size);
    frames.push({ opcode: bytes.readUInt8(at), text });
    at += head + size;
  }
  return frames;
}

/** The output that has come so far. */
function outputOf({ received }: RawClient): string {
  const messages = framesOf(received).filter(({ opcode }) => opcode === (0x80 | opcodes.binary));
  return messages.map(({ text }) => text).join('');
}

/** What the last frame says of the end; null: it is not there. */
function endOf({ received }: RawClient): number | null {
  const last = framesOf(received).at(-1);
  if (last?.opcode !== (0x80 | opcodes.close)) return null;
  return Buffer.from(last.text, 'latin1').readUInt16BE();
}

const streams = 'stream=1&stdin=1&stdout=1&stderr=1';

function attach(name: string, query = streams, headers: readonly string[] = []): RawClient {
  const client = service.connect();
  const lines = [
    `GET /v1.48/containers/${name}/attach/ws?${query} HTTP/1.1`,
    ...['Host: d', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    ...[`Sec-WebSocket-Key: ${key}`, ...headers],
  ];
  client.send(`${lines.join('\r\n')}\r\n\r\n`);
  return client;
}

function run(name: string, ...words: string[]): void {
  sandbox.ok('run', '-d', '-i', '--name', name, '--network', 'none', 'hello', ...words);
}

t.test(
  'messages are standard input and output, and the end of one is that of the other',
  async (t) => {
    run('echoes', 'cat');
    const client = attach('echoes');
    await client.shows('\r\n\r\n');
    t.match(client.received, /^HTTP\/1\.1 101 /);
    t.match(client.received, `Sec-WebSocket-Accept: ${accept}\r\n`);
    await eventually('no worker is held', () => service.workers().length === 0);
    // A message in two fragments with a ping between them, byte by byte.
    const bytes =
      frame(opcodes.text, 'one ', { final: false }) +
      frame(opcodes.ping, 'there?') +
      frame(opcodes.more, 'line\n') +
      frame(opcodes.pong, '') +
      frame(opcodes.binary, `${'x'.repeat(300)}\n`);
    for (const byte of bytes) client.send(byte);
    const expected = `one line\n${'x'.repeat(300)}\n`;
    await eventually('the container answers', () => outputOf(client) === expected);
    const pongs = framesOf(client.received).filter(
      ({ opcode }) => opcode === (0x80 | opcodes.pong),
    );
    t.strictSame(pongs, [{ opcode: 0x80 | opcodes.pong, text: 'there?' }]);
    client.send(frame(opcodes.close, '\x03\xe8'));
    await client.ended;
    t.equal(endOf(client), 1000);
    t.equal(sandbox.ok('wait', 'echoes'), '0\n', 'its standard input has ended');
  },
);

t.test('much output comes whole, and the end of the container ends the connection', async (t) => {
  const loop =
    'read x; i=0; while [ $i -lt 3000 ]; do echo line $i of a hundred bytes; i=$((i+1)); done; echo no >&2';
  run('talks', 'sh', '-c', loop);
  const clients = [attach('talks'), attach('talks', 'stream=1&stderr=1')];
  await Promise.all(clients.map((client) => client.shows('\r\n\r\n')));
  await eventually('both are attached', () => service.workers().length === 0);
  clients[0]?.send(frame(opcodes.text, 'go\n'));
  await Promise.all(clients.map((client) => client.ended));
  const lines = Array.from({ length: 3000 }, (_, at) => `line ${at} of a hundred bytes\n`).join('');
  const [whole = '', errors] = clients.map(outputOf);
  t.equal(whole.replace('no\n', ''), lines);
  t.equal(errors, 'no\n');
  t.strictSame(clients.map(endOf), [1000, 1000]);
  const earlier = attach('talks', 'logs=1&stdout=1');
  await earlier.ended;
  t.equal(outputOf(earlier), lines, 'what it has written before');
  t.equal(endOf(earlier), 1000);
});

t.test('what is no WebSocket', async (t) => {
  run('waits', 'sleep', '1000');
  const plain = await service.ask('GET', `/containers/waits/attach/ws?${streams}`);
  t.equal(plain.status, 426);
  t.match(plain.body, /ask for one with Upgrade: websocket/);
  const page = attach('waits', streams, ['Origin: http://evil.example']);
  await page.shows('HTTP/1.1 403 ');
  page.close();
  const absent = attach('absent');
  await absent.shows('HTTP/1.1 404 ');
  absent.close();
  // A frame that is not masked, a reserved bit, a long ping, a fragment of nothing.
  const wrong = [
    '\x82\x01x',
    frame(opcodes.text | 0x40, 'x'),
    frame(opcodes.ping, 'x'.repeat(126)),
    frame(opcodes.more, 'x'),
  ];
  for (const bytes of wrong) {
    const client = attach('waits', 'stream=1&stdout=1');
    await client.shows('\r\n\r\n');
    client.send(bytes);
    await client.ended;
    t.equal(endOf(client), 1002);
  }
  t.equal(sandbox.ok('inspect', '-f', '{{.State.Status}}', 'waits'), 'running\n');
  sandbox.ok('rm', '-f', '-t', '0', 'waits');
  t.equal(service.log, '');
});
