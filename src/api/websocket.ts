import { makeHash } from '../base/hash.ts';
import { type Headers, hasWord } from './http/head.ts';
import { HttpProblem } from './http/problem.ts';

/** The text that a server's answer adds to a client's key (RFC 6455, section 1.3). */
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const key = /^[A-Za-z0-9+/]{22}==$/;

/** Answers the key of a client that asks for a WebSocket (RFC 6455, section 4.2). Throws HttpProblem 400, 426. */
export function acceptWebsocket(headers: Headers): string {
  if (!hasWord(headers, 'connection', 'upgrade') || !hasWord(headers, 'upgrade', 'websocket')) {
    throw new HttpProblem(426, 'this path is for WebSockets: ask for one with Upgrade: websocket');
  }
  if (headers.get('sec-websocket-version') !== '13') {
    throw new HttpProblem(400, 'header Sec-WebSocket-Version: 13 is needed');
  }
  const given = headers.get('sec-websocket-key') ?? '';
  if (!key.test(given)) throw new HttpProblem(400, 'header Sec-WebSocket-Key is none');
  return makeHash('sha1').update(`${given}${magic}`).digest('base64');
}

/** Opcodes (section 5.2) with the bit of a frame that is a whole message. */
const binary = 0x82;
const close = 0x88;
const normal = 1000;

/** A message of the server's (section 5.2). addon/api/websocket.h has the frames of who carries the stream. */
export function messageFrame(bytes: Uint8Array): Uint8Array {
  const head = bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(head + bytes.length);
  frame[0] = binary;
  frame[1] = head === 2 ? bytes.length : head === 4 ? 126 : 127;
  if (head === 4) frame.writeUInt16BE(bytes.length, 2);
  if (head === 10) frame.writeBigUInt64BE(BigInt(bytes.length), 2);
  frame.set(bytes, head);
  return frame;
}

/** The last message, unless it is empty, and the end of the connection. */
export function lastFrames(bytes: Uint8Array): Uint8Array {
  const end = Buffer.alloc(4);
  end[0] = close;
  end[1] = 2;
  end.writeUInt16BE(normal, 2);
  return Buffer.concat([...(bytes.length > 0 ? [messageFrame(bytes)] : []), end]);
}
