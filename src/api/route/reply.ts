import { wellFormedJson } from '../../base/text.ts';
import type { AnswerHeaders } from '../http/answer.ts';

/** Takes the pieces of an answer as they come. */
export interface BodyWriter {
  /** Sends the head: the client hears that something is going to come. Done by the first `write`, too. */
  begin(): Promise<void>;
  write(data: string | Uint8Array): Promise<void>;
  /** Writes all that comes from a descriptor, which JavaScript does not see. */
  writeFrom(input: number): Promise<void>;
}

/** An attach client whose standard streams are a connection (addon/monitor/protocol.h). */
export interface AttachStream {
  /** The connection to the monitor, which whoever carries the stream closes. */
  monitor: number;
  /** Streams come in frames; else as they come, as a terminal has but one. */
  framed: boolean;
  /** Frames of a WebSocket carry both ways, with no others in them; absent: they do not. */
  websocket?: true;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Null: the usual keys. */
  detachKeys: string | null;
}

/** A file that something is added to, or that another one takes the name of. Its descriptors go with the pause. */
export interface Growth {
  file: number;
  /** The directory that it is in under `name`, which has no white space. */
  directory: number;
  name: string;
  /** Bytes of it that were read. */
  seen: number;
}

/** The reason for which a handler is to be asked again: a process has ended, a file has grown, or some time has passed. */
export interface Pause {
  /** Kept for the handler, which gets it back. */
  state: unknown;
  /** A descriptor that becomes readable; null: only time passes, or a file grows. It goes with the pause. */
  descriptor: number | null;
  /** A file that grows. */
  growth?: Growth;
  /** Milliseconds; null: no limit. */
  after: number | null;
}

/** A log whose answer the acceptor goes on with, in its form of addon/api/follow_stream.h. The descriptors go with it. */
export interface FollowStream {
  /** The newest file, where it is to be read from, and the directory that it is in under `name`. */
  file: number;
  directory: number;
  name: string;
  /** Number of files that are kept. */
  files: number;
  /** Null: where the descriptor is. */
  offset: number | null;
  /** A pidfd of the monitor: after its end the handler is asked again, and has the first two descriptors back. */
  monitor: number;
  framed: boolean;
  timestamps: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** Takes a JSON document of an answer. */
export type Tell = (value: unknown) => Promise<void>;

/** The answer of a handler. */
export type Reply =
  | { kind: 'json'; status: number; value: unknown; headers?: AnswerHeaders }
  /** No body at all. */
  | { kind: 'empty'; status: number; headers?: AnswerHeaders }
  | {
      kind: 'bytes';
      status: number;
      type: string;
      bytes: string | Uint8Array;
      headers?: AnswerHeaders;
    }
  /** A body that comes bit by bit. What `produce` throws before it has written is an answer of its own. */
  | {
      kind: 'stream';
      type: string;
      headers?: AnswerHeaders;
      produce: (writer: BodyWriter) => Promise<void>;
    }
  /**
   * The connection becomes a stream both ways: its client is an attach client of a monitor from then on. The head of
   * the answer goes first, for some clients lose what comes with it; where there is nothing to attach to `open` gives
   * what the stream says before it ends.
   */
  | {
      kind: 'attach';
      type: string;
      open: () => Promise<AttachStream | Uint8Array>;
      /** The connection becomes a WebSocket, whose client gets this for its key; absent: it does not. */
      websocket?: string;
      /** Bytes that go before those of the stream. */
      before?: () => AsyncIterable<Uint8Array>;
    }
  /**
   * A JSON document that is not there yet: the client has the head already. The handler is asked again after a pause,
   * and no process of ours waits meanwhile.
   */
  | { kind: 'pending'; pause: Pause }
  /** A body of which the acceptor goes on with the rest; `follow` gives null where there is none. */
  | {
      kind: 'followed';
      type: string;
      produce: (writer: BodyWriter) => Promise<void>;
      follow: () => Promise<FollowStream | null>;
    }
  /** JSON documents of a body, a line each, after which the handler is asked again; a pause of null: these were the last. */
  | { kind: 'continued'; produce: (tell: Tell) => Promise<Pause | null> }
  /** The end of an answer that was pending. */
  | { kind: 'settled'; value: unknown };

export function json(value: unknown, status = 200): Reply {
  return { kind: 'json', status, value };
}

export function empty(status = 204): Reply {
  return { kind: 'empty', status };
}

export function text(words: string, status = 200): Reply {
  return { kind: 'bytes', status, type: 'text/plain; charset=utf-8', bytes: words };
}

/** A JSON document as a line of an answer. */
export function jsonLine(value: unknown): string {
  return `${wellFormedJson(value)}\r\n`;
}

/** JSON documents, a line each. */
export function jsonLines(produce: (tell: Tell, writer: BodyWriter) => Promise<void>): Reply {
  return {
    kind: 'stream',
    type: 'application/json',
    produce: (writer) => produce((value) => writer.write(jsonLine(value)), writer),
  };
}

/** Bytes as they come, such as an archive. */
export function byteStream(type: string, bytes: AsyncIterable<Uint8Array>): Reply {
  return {
    kind: 'stream',
    type,
    async produce(writer) {
      for await (const chunk of bytes) await writer.write(chunk);
      await writer.begin();
    },
  };
}
