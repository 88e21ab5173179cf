import { closeSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { addon } from '../native/addon.ts';
import { keepReadings } from '../store/kept-readings.ts';
import { SocketConnection } from './http/connection.ts';
import type { AttachStream, FollowStream, Pause } from './route/reply.ts';
import { type Outcome, type Service, serveRequest } from './serve.ts';

/** Bytes of the longest message of the acceptor: a head, a small body, and what a stream has kept. */
const messageLimit = 256 * 1024;
/** Bytes that were read beyond a request and are given back; clients that send more at once have to connect again. */
const restLimit = 96 * 1024;
const newline = 10;

/** The parts of a service that last. */
type Server = Pick<Service, 'engine' | 'createCommands'>;

/** A request that the acceptor (addon/api) has handed over. */
interface HandedRequest {
  connection: number;
  /** The bytes that were read of it already: its head at least. */
  bytes: Buffer;
  /** The state of an answer that was pending; undefined: the request is new. */
  kept: unknown;
  /** Descriptors that have come back with it. */
  handed: readonly number[];
  /** Whether the client's user is not known. */
  open: boolean;
}

/** The line of a request: how many bytes follow, whose they are, and whether it comes once more after a pause, with its state. */
interface RequestLine {
  bytes: number;
  peer: number | null;
  again: 0 | 1;
  state: number;
}

function isRequestLine(value: unknown): value is RequestLine {
  const { bytes, peer, again, state } = (value ?? {}) as Partial<RequestLine>;
  const known = peer === null || typeof peer === 'number';
  return known && [bytes, again, state].every((one) => typeof one === 'number');
}

/** A message of the acceptor: a line of JSON, then as many bytes as it says. Null: it has ended. */
function receiveRequest(channel: number): HandedRequest | null {
  const { bytes, fds } = addon().receiveDescriptors(channel, messageLimit);
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length === 0) return null;
  const end = message.indexOf(newline);
  const line = parseStrictJson(message.toString('utf8', 0, Math.max(end, 0)));
  const [connection, ...handed] = fds;
  if (end < 0 || connection === undefined || !isRequestLine(line)) {
    throw new Error('the acceptor has sent a message that is none');
  }
  const from = end + 1;
  const until = from + line.bytes;
  const state = message.toString('utf8', until, until + line.state);
  const kept: unknown = line.again === 1 ? JSON.parse(state) : undefined;
  const open = line.peer === null;
  return { connection, bytes: message.subarray(from, until), kept, handed, open };
}

/** Milliseconds between two looks at what a worker has started. */
const reapInterval = 1000;

/**
 * Waits for a message of the acceptor. Monitors and helpers of networks are children of the worker that has started
 * them, which nobody waits for: they would stay zombies until its end.
 */
function awaitMessage(channel: number): void {
  const native = addon();
  for (;;) {
    const patience = native.reapChildren() ? reapInterval : -1;
    if (native.awaitReadable(channel, patience)) return;
  }
}

function tell(channel: number, words: string, parts: Uint8Array[] = [], fds: number[] = []): void {
  addon().sendDescriptors(channel, Buffer.concat([Buffer.from(`${words}\n`), ...parts]), fds);
}

/** Lets the acceptor carry an attach client's stream; nothing of it stays here. */
function handOver(channel: number, stream: AttachStream, answer: Uint8Array, early: Buffer): void {
  const flags = [
    ...(stream.framed ? ['--framed'] : []),
    ...(stream.websocket === true ? ['--websocket'] : []),
    ...(stream.stdin ? [] : ['--no-stdin']),
    ...(stream.stdout ? [] : ['--no-stdout']),
    ...(stream.stderr ? [] : ['--no-stderr']),
    ...(stream.detachKeys === null ? [] : ['--detach-keys', stream.detachKeys]),
  ];
  const words = ['stream', 'attach', ...flags, answer.length, early.length].join(' ');
  tell(channel, words, [answer, early], [stream.monitor]);
  closeSync(stream.monitor);
}

/** Lets the acceptor wait, and hand the request over once more. */
function handBack(channel: number, pause: Pause, answer: Uint8Array): void {
  const { state, descriptor, growth, after } = pause;
  const time = after === null ? [] : ['--after', after];
  const kind =
    growth === undefined ? ['again'] : ['grown', '--name', growth.name, '--seen', growth.seen];
  const words = ['stream', ...kind, ...time, answer.length, 0].join(' ');
  const passed = growth === undefined ? [descriptor] : [growth.file, growth.directory];
  const kept = Buffer.from(JSON.stringify(state));
  tell(
    channel,
    words,
    [answer, kept],
    passed.filter((fd) => fd !== null),
  );
}

/** Descriptors that have gone to the acceptor with an outcome, and are closed here. */
function passedOn(outcome: Outcome): readonly (number | null)[] {
  if (typeof outcome !== 'object') return [];
  if ('followed' in outcome) {
    const { file, directory, monitor } = outcome.followed;
    return [file, directory, monitor];
  }
  if (!('paused' in outcome)) return [];
  const { descriptor, growth } = outcome.paused;
  return [descriptor, ...(growth === undefined ? [] : [growth.file, growth.directory])];
}

/** Lets the acceptor go on with a log, until its container has ended. */
function followOn(channel: number, stream: FollowStream, chunked: boolean): void {
  const flags = [
    ...(stream.framed ? ['--framed'] : []),
    ...(chunked ? ['--chunked'] : []),
    ...(stream.timestamps ? ['--timestamps'] : []),
    ...(stream.stdout ? [] : ['--no-stdout']),
    ...(stream.stderr ? [] : ['--no-stderr']),
    ...(stream.offset === null ? [] : ['--offset', stream.offset]),
  ];
  const words = ['stream', 'follow', ...flags, '--name', stream.name, '--files', stream.files];
  const { file, directory, monitor } = stream;
  tell(channel, [...words, 0, 0].join(' '), [Buffer.from('{}')], [file, directory, monitor]);
}

async function serveHanded(
  server: Server,
  channel: number,
  { connection: descriptor, bytes, kept, handed, open }: HandedRequest,
): Promise<void> {
  const connection = new SocketConnection(descriptor, bytes, () => tell(channel, 'begun'));
  const outcome = await serveRequest({ ...server, kept, handed, open }, connection);
  const last = connection.takeLast();
  const rest = connection.takeRest();
  connection.close();
  if (typeof outcome === 'object') {
    if ('carried' in outcome) handOver(channel, outcome.carried, last, rest);
    else if ('paused' in outcome) handBack(channel, outcome.paused, last);
    else followOn(channel, outcome.followed, outcome.chunked);
  } else if (outcome === 'keep' && rest.length <= restLimit) {
    tell(channel, `keep ${rest.length} ${last.length}`, [rest, last]);
  } else {
    tell(channel, `close ${last.length}`, [last]);
  }
  for (const fd of new Set([...handed, ...passedOn(outcome)])) if (fd !== null) closeSync(fd);
}

/**
 * Serves requests that come on a channel, one at a time, until its other end is closed. What is waited for in between
 * blocks: there is nothing else to do here.
 */
export async function runWorker(server: Server, channel: number): Promise<void> {
  keepReadings();
  tell(channel, 'ready');
  for (;;) {
    awaitMessage(channel);
    const request = receiveRequest(channel);
    if (request === null) return;
    try {
      await serveHanded(server, channel, request);
    } catch (error) {
      // The acceptor has ended meanwhile.
      if (errnoCode(error) === 'EPIPE') return;
      throw error;
    }
  }
}
