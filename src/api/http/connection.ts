import { closeSync, readSync, writeSync } from 'node:fs';
import { errnoCode } from '../../base/errors.ts';
import { addon, type PassedBody } from '../../native/addon.ts';
import { PeerGone, tooSlow } from './problem.ts';

/** Bytes to and from a client. What is read and not used is put back. */
export interface Connection {
  /** The bytes that come next, at least one; null: the client has said all. Throws HttpProblem 408. */
  read(): Promise<Buffer | null>;
  unread(bytes: Uint8Array): void;
  /** Writes all of it. Throws PeerGone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes the last bytes of an answer, or leaves them to whoever has the connection next. */
  writeLast(bytes: Uint8Array): Promise<void>;
  /** Passes all that comes from a descriptor on, in chunks (RFC 9112, section 7.1) or as it is. Throws PeerGone. */
  writeFrom(input: number, chunked: boolean): Promise<void>;
  /** Passes a body on to a descriptor; null: its length is not known, it comes in chunks. False: that has to be done by reading. */
  passBody(output: number, length: number | null): Promise<PassedBody['end'] | false>;
  /** Takes what was put back, for whoever serves the connection from here on. */
  takeRest(): Buffer;
  /** Whether nobody is there to read an answer any more. */
  isGone(): boolean;
  close(): void;
  /** Of a connection that can be handed to another process; null: it cannot. */
  readonly descriptor: number | null;
}

const chunkSize = 64 * 1024;
/** Bytes that go with the message which gives a connection back. */
const lastLimit = 96 * 1024;

/** Whether reading or writing took longer than the socket allows (SO_RCVTIMEO, SO_SNDTIMEO). */
const isSlow = (error: unknown): boolean => errnoCode(error) === 'EAGAIN';

/**
 * A connected socket. Reads and writes block: a process that serves one request at a time has nothing else to do, and
 * a client that is too slow ends the request.
 */
export class SocketConnection implements Connection {
  #rest: Buffer;
  #last: Uint8Array = Buffer.alloc(0);
  #onWrite: (() => void) | null;
  readonly descriptor: number;

  /**
   * `begun`: bytes that were read from it already; `onWrite` is called before the first byte is written. The
   * descriptor becomes the connection's.
   */
  constructor(descriptor: number, begun: Buffer, onWrite: () => void) {
    this.descriptor = descriptor;
    this.#rest = begun;
    this.#onWrite = onWrite;
  }

  async read(): Promise<Buffer | null> {
    if (this.#rest.length > 0) return this.takeRest();
    const chunk = Buffer.allocUnsafe(chunkSize);
    try {
      const size = readSync(this.descriptor, chunk);
      return size === 0 ? null : chunk.subarray(0, size);
    } catch (error) {
      if (isSlow(error)) throw tooSlow();
      if (errnoCode(error) === 'ECONNRESET') return null;
      throw error;
    }
  }

  unread(bytes: Uint8Array): void {
    const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rest = this.#rest.length === 0 ? before : Buffer.concat([before, this.#rest]);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#onWrite?.();
    this.#onWrite = null;
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.descriptor, bytes, at);
    } catch (error) {
      if (isSlow(error) || ['EPIPE', 'ECONNRESET'].includes(errnoCode(error) ?? '')) {
        throw new PeerGone();
      }
      throw error;
    }
  }

  async writeFrom(input: number, chunked: boolean): Promise<void> {
    this.#onWrite?.();
    this.#onWrite = null;
    const { end, code } = await addon().passToConnection(input, this.descriptor, chunked);
    if (end === 'refused') throw new PeerGone();
    if (end !== 'whole') throw new Error(`an answer cannot be passed on: ${code}`);
  }

  async passBody(output: number, length: number | null): Promise<PassedBody['end']> {
    const early = this.takeRest();
    const passed = await addon().passBody(this.descriptor, output, early, length ?? -1);
    if (passed.end === 'failed') throw new Error(`a body cannot be passed on: ${passed.code}`);
    this.unread(passed.rest);
    return passed.end;
  }

  async writeLast(bytes: Uint8Array): Promise<void> {
    if (bytes.length > lastLimit) return this.write(bytes);
    this.#last = bytes;
  }

  /** Takes what {@link writeLast} has left to be written. */
  takeLast(): Uint8Array {
    const last = this.#last;
    this.#last = Buffer.alloc(0);
    return last;
  }

  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest;
  }

  isGone(): boolean {
    return addon().peerGone(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
