import type { Connection } from './connection.ts';
import { reasons } from './problem.ts';

/** Headers of an answer, in the order in which they are sent. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** The parts of a request that its answer depends on. */
export interface AnswerTo {
  /** HEAD gets a head only. */
  method: string;
  version: '1.0' | '1.1';
  /** Whether another request may follow on the connection. */
  keep: boolean;
  /** Sent with every answer. */
  headers: AnswerHeaders;
}

/** Line breaks in a header would be headers of their own. */
function headerLine([name, value]: [string, string]): string {
  return `${name}: ${value.replace(/[^\t\x20-\x7e\x80-\xff]+/g, ' ')}\r\n`;
}

/** Writes one answer to a connection (RFC 9112, section 2.1). */
export class AnswerWriter {
  readonly #connection: Connection;
  readonly #to: AnswerTo;
  #begun = false;
  #chunked = false;
  #keep: boolean;

  constructor(connection: Connection, to: AnswerTo) {
    this.#connection = connection;
    this.#to = to;
    this.#keep = to.keep;
  }

  get isBegun(): boolean {
    return this.#begun;
  }

  /** Whether another request may follow; not known before the answer has begun. */
  get keepsConnection(): boolean {
    return this.#keep;
  }

  /** Whether the body comes in chunks (RFC 9112, section 7.1). */
  get isChunked(): boolean {
    return this.#chunked;
  }

  /** Goes on with an answer whose head another writer has sent by {@link begin}. */
  resume(): void {
    this.#begun = true;
    this.#chunked = this.#to.version === '1.1';
    if (!this.#chunked) this.#keep = false;
  }

  /** The connection ends with this answer. */
  endConnection(): void {
    this.#keep = false;
  }

  /** A whole answer. */
  async send(status: number, headers: AnswerHeaders, body: string | Uint8Array): Promise<void> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const bodiless = status === 204 || status === 304;
    const head = this.#head(status, {
      ...headers,
      ...(!bodiless && { 'Content-Length': String(bytes.length) }),
    });
    const shown = bodiless || this.#to.method === 'HEAD' ? Buffer.alloc(0) : bytes;
    await this.#connection.writeLast(Buffer.concat([head, shown]));
  }

  /** The head of an answer whose length nobody knows yet; {@link write} and {@link end} follow. */
  async begin(status: number, headers: AnswerHeaders): Promise<void> {
    this.#chunked = this.#to.version === '1.1';
    if (!this.#chunked) this.#keep = false;
    const coding = this.#chunked && { 'Transfer-Encoding': 'chunked' };
    await this.#connection.write(this.#head(status, { ...headers, ...coding }));
  }

  async write(data: string | Uint8Array): Promise<void> {
    const piece = this.#piece(data);
    if (piece.length > 0) await this.#connection.write(piece);
  }

  /** As {@link write}, before whoever has the connection next goes on with the answer, and writes this, too. */
  async leave(data: string | Uint8Array): Promise<void> {
    await this.#connection.writeLast(this.#piece(data));
  }

  /** As {@link write} all that comes from a descriptor, until its other end is closed. */
  async writeFrom(input: number): Promise<void> {
    if (this.#to.method !== 'HEAD') await this.#connection.writeFrom(input, this.#chunked);
  }

  async end(): Promise<void> {
    if (this.#chunked && this.#to.method !== 'HEAD') {
      await this.#connection.write(Buffer.from('0\r\n\r\n'));
    }
  }

  /**
   * The head of an answer after which the connection is a stream both ways: 101 for who asked to switch to `tcp`, else
   * 200 (Docker Engine API, "Attach to a container").
   */
  async switchTo(type: string, upgrade: string | null): Promise<void> {
    this.#keep = false;
    const switched = upgrade !== null && { Connection: 'Upgrade', Upgrade: upgrade };
    const status = upgrade === null ? 200 : 101;
    await this.#connection.write(this.#head(status, { 'Content-Type': type, ...switched }));
  }

  /** The head after which the connection is a WebSocket (RFC 6455, section 4.2.2); `accept` answers its client's key. */
  async switchToWebsocket(accept: string): Promise<void> {
    this.#keep = false;
    const headers = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': accept };
    await this.#connection.write(this.#head(101, headers));
  }

  /** Bytes on a connection that has been switched, before others go on with it. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.#connection.write(bytes);
  }

  /** The last words on a connection that has been switched. */
  say(bytes: Uint8Array): Promise<void> {
    return this.#connection.writeLast(bytes);
  }

  /** A part of a body as it is sent. */
  #piece(data: string | Uint8Array): Uint8Array {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (bytes.length === 0 || this.#to.method === 'HEAD') return Buffer.alloc(0);
    if (!this.#chunked) return bytes;
    const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
    return Buffer.concat([size, bytes, Buffer.from('\r\n')]);
  }

  #head(status: number, headers: AnswerHeaders): Buffer {
    this.#begun = true;
    const all: Record<string, string> = { ...this.#to.headers, ...headers };
    if (all['Connection'] === undefined && !this.#keep) all['Connection'] = 'close';
    if (all['Connection'] === undefined && this.#to.version === '1.0') {
      all['Connection'] = 'keep-alive';
    }
    const reason = reasons[status] ?? '';
    const lines = Object.entries(all).map(headerLine).join('');
    return Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`, 'latin1');
  }
}
