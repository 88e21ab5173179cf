import { closeSync } from 'node:fs';
import { parseStrictJson } from '../base/strict-json.ts';
import type { Engine } from '../engine/engine.ts';
import { addon } from '../native/addon.ts';
import { SocketConnection } from './http/connection.ts';
import type { AttachStream } from './route/reply.ts';
import { serveRequest } from './serve.ts';

/** Bytes of the longest message of the acceptor: a head, a small body, and what a stream has kept. */
const messageLimit = 256 * 1024;
/** Bytes that were read beyond a request and are given back; clients that send more at once have to connect again. */
const restLimit = 96 * 1024;
const newline = 10;

/** A request that the acceptor (addon/api) has handed over. */
interface HandedRequest {
  connection: number;
  /** The bytes that were read of it already: its head at least. */
  bytes: Buffer;
}

/** A message of the acceptor: a line of JSON, then as many bytes as it says. Null: it has ended. */
function receiveRequest(channel: number): HandedRequest | null {
  const { bytes, fds } = addon().receiveDescriptors(channel, messageLimit);
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length === 0) return null;
  const end = message.indexOf(newline);
  const line = parseStrictJson(message.toString('utf8', 0, Math.max(end, 0))) as { bytes?: number };
  const size = typeof line === 'object' && line !== null ? line.bytes : undefined;
  const [connection] = fds;
  if (end < 0 || typeof size !== 'number' || connection === undefined) {
    throw new Error('the acceptor has sent a message that is none');
  }
  return { connection, bytes: message.subarray(end + 1, end + 1 + size) };
}

function tell(channel: number, words: string, parts: Uint8Array[] = [], fds: number[] = []): void {
  addon().sendDescriptors(channel, Buffer.concat([Buffer.from(`${words}\n`), ...parts]), fds);
}

/** Lets the acceptor carry an attach client's stream; nothing of it stays here. */
function handOver(channel: number, stream: AttachStream, answer: Uint8Array, early: Buffer): void {
  const flags = [
    ...(stream.framed ? ['--framed'] : []),
    ...(stream.stdin ? [] : ['--no-stdin']),
    ...(stream.stdout ? [] : ['--no-stdout']),
    ...(stream.stderr ? [] : ['--no-stderr']),
    ...(stream.detachKeys === null ? [] : ['--detach-keys', stream.detachKeys]),
  ];
  const words = ['stream', 'attach', ...flags, answer.length, early.length].join(' ');
  tell(channel, words, [answer, early], [stream.monitor]);
  closeSync(stream.monitor);
}

async function serveHanded(
  engine: Engine,
  channel: number,
  { connection: descriptor, bytes }: HandedRequest,
): Promise<void> {
  const connection = new SocketConnection(descriptor, bytes, () => tell(channel, 'begun'));
  const outcome = await serveRequest({ engine }, connection);
  const last = connection.takeLast();
  const rest = connection.takeRest();
  connection.close();
  if (typeof outcome === 'object') handOver(channel, outcome.carried, last, rest);
  else if (outcome === 'keep' && rest.length <= restLimit) {
    tell(channel, `keep ${rest.length} ${last.length}`, [rest, last]);
  } else {
    tell(channel, `close ${last.length}`, [last]);
  }
}

/**
 * Serves requests that come on a channel, one at a time, until its other end is closed. What is waited for in between
 * blocks: there is nothing else to do here.
 */
export async function runWorker(engine: Engine, channel: number): Promise<void> {
  tell(channel, 'ready');
  for (;;) {
    const request = receiveRequest(channel);
    if (request === null) return;
    await serveHanded(engine, channel, request);
  }
}
