import { closeSync, readSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import {
  decodeMessage,
  encodeCall,
  type IncomingMessage,
  type MethodCall,
  messageSize,
} from './wire.ts';

/** An error that the other side has answered with. */
export class DBusError extends Error {
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.errorName = errorName;
  }
}

/** Seconds that a manager may take to answer. */
const patience = 30;

/**
 * A D-Bus connection that blocks: a launch waits for its control group with nothing else to do.
 * Authenticates as the socket's own credentials (D-Bus Specification, "EXTERNAL").
 */
export class DBusConnection {
  readonly #fd: number;
  #serial = 0;
  #pending = Buffer.alloc(0);
  readonly #place: string;

  /** Connects to a unix socket. Throws a system error when nobody listens there. */
  constructor(path: string) {
    this.#place = path;
    this.#fd = addon().connectUnix(path, patience, 'stream');
    this.#write(Buffer.from('\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n'));
    const answers = `${this.#readLine()} ${this.#readLine()}`;
    if (!answers.includes('OK ')) throw this.#failure(`it says ${JSON.stringify(answers)}`);
  }

  #failure(what: string, cause?: unknown): BryoError {
    return new BryoError('no-manager', `cannot talk to ${this.#place}: ${what}`, { cause });
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
  }

  #receive(patiently: boolean): void {
    const piece = Buffer.alloc(8192);
    let size: number;
    try {
      size = readSync(this.#fd, piece);
    } catch (error) {
      if (errnoCode(error) !== 'EAGAIN') throw error;
      if (patiently) return;
      throw this.#failure(`no answer for ${patience} seconds`, error);
    }
    if (size === 0) throw this.#failure('it has closed the connection');
    this.#pending = Buffer.concat([this.#pending, piece.subarray(0, size)]);
  }

  #take(size: number): Buffer {
    while (this.#pending.length < size) this.#receive(false);
    const bytes = this.#pending.subarray(0, size);
    this.#pending = this.#pending.subarray(size);
    return bytes;
  }

  #readLine(): string {
    while (!this.#pending.includes('\r\n')) this.#receive(false);
    return this.#take(this.#pending.indexOf('\r\n') + 2)
      .toString()
      .trimEnd();
  }

  /** The next message of any kind. `patiently`: however long it takes, for jobs have limits of their own. */
  next(patiently = false): IncomingMessage {
    while (this.#pending.length < 16) this.#receive(patiently);
    return decodeMessage(this.#take(messageSize(this.#pending)));
  }

  /**
   * Calls a method; returns its answer. Signals that come before it go to `onSignal`. Throws
   * DBusError for an error that was answered.
   */
  call(
    method: MethodCall,
    onSignal: (signal: IncomingMessage) => void = () => {},
    patiently = false,
  ): IncomingMessage {
    this.#serial += 1;
    const serial = this.#serial;
    this.#write(encodeCall(serial, method));
    for (;;) {
      const message = this.next(patiently);
      if (message.kind === 'signal') onSignal(message);
      if (message.replyTo !== serial) continue;
      if (message.kind === 'reply') return message;
      throw new DBusError(message.errorName, String(message.arguments[0] ?? message.errorName));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
