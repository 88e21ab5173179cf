import type { Connection } from './connection.ts';
import { type Headers, hasWord, type RequestHead } from './head.ts';
import { badMessage, HttpProblem, tooSlow } from './problem.ts';

/** How the end of a body is found (RFC 9112, section 6). */
type Framing = { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' };

const sizeLine = /^([0-9a-f]{1,13})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i;
/** Bytes of a chunk's first line, and of all trailers. */
const lineLimit = 4096;

function framingOf({ headers, version }: RequestHead): Framing {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    if (length !== undefined) throw badMessage('it has both Content-Length and Transfer-Encoding');
    if (version === '1.0') throw badMessage('HTTP/1.0 knows no Transfer-Encoding');
    if (coding.toLowerCase() !== 'chunked') {
      throw new HttpProblem(501, `Transfer-Encoding ${coding} is not supported; chunked is`, {
        isFatal: true,
      });
    }
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'none' };
  if (!/^\d{1,15}$/.test(length)) throw badMessage('Content-Length is no number');
  return length === '0' ? { kind: 'none' } : { kind: 'length', bytes: Number(length) };
}

function expectsContinue(headers: Headers): boolean {
  const expected = headers.get('expect');
  if (expected === undefined) return false;
  if (hasWord(headers, 'expect', '100-continue')) return true;
  throw new HttpProblem(417, `Expect: ${expected} is not understood`, { isFatal: true });
}

async function* none(): AsyncGenerator<Buffer> {}

/** The body of a request, which is read once, and by whoever wants it only. */
export class RequestBody {
  readonly #connection: Connection;
  readonly #framing: Framing;
  #expects: boolean;
  #isDone: boolean;
  #chunks: AsyncGenerator<Buffer> | null = null;

  constructor(connection: Connection, head: RequestHead) {
    this.#connection = connection;
    this.#framing = framingOf(head);
    this.#isDone = this.#framing.kind === 'none';
    this.#expects = expectsContinue(head.headers) && head.version === '1.1' && !this.#isDone;
  }

  get isEmpty(): boolean {
    return this.#framing.kind === 'none';
  }

  /** Whether all of it was read: what follows is the next request. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the client waits to be asked for its body. */
  get isHeldBack(): boolean {
    return this.#expects;
  }

  /** The bytes, piece by piece. Throws HttpProblem 400 when it ends too early. */
  chunks(): AsyncGenerator<Buffer> {
    this.#chunks ??= this.#read();
    return this.#chunks;
  }

  /**
   * Passes all bytes on to a descriptor, without JavaScript seeing them; false: nothing was done, they are to be read.
   * Throws what {@link chunks} does, and a system error EPIPE when nobody reads them any more.
   */
  async passTo(output: number): Promise<boolean> {
    const framing = this.#framing;
    if (this.#chunks !== null || framing.kind === 'none') return false;
    await this.#invite();
    const length = framing.kind === 'length' ? framing.bytes : null;
    const end = await this.#connection.passBody(output, length);
    if (end === false) return false;
    // A piece that nobody read cannot be read later.
    this.#chunks = none();
    if (end === 'cut') throw badMessage('it ends within its body');
    if (end === 'bad') throw badMessage('a chunk of its body is malformed');
    if (end === 'slow') throw tooSlow();
    if (end === 'refused') throw Object.assign(new Error('nobody reads it'), { code: 'EPIPE' });
    this.#isDone = true;
    return true;
  }

  /** All bytes. Throws HttpProblem 413. */
  async bytes(limit: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      size += chunk.length;
      if (size > limit) {
        throw new HttpProblem(413, `the body is larger than ${limit} bytes`, { isFatal: true });
      }
      parts.push(chunk);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, size);
  }

  /** Reads what nobody wanted, up to a limit; false: there is more. */
  async drain(limit: number): Promise<boolean> {
    if (this.#isDone) return true;
    if (this.#expects) return false;
    let size = 0;
    const chunks = this.chunks();
    while (size <= limit) {
      const next = await chunks.next();
      if (next.done) return this.#isDone;
      size += next.value.length;
    }
    return false;
  }

  /** Asks a client for its body that waits for that. */
  async #invite(): Promise<void> {
    if (!this.#expects) return;
    this.#expects = false;
    await this.#connection.write(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
  }

  async *#read(): AsyncGenerator<Buffer> {
    await this.#invite();
    const framing = this.#framing;
    if (framing.kind === 'length') yield* this.#take(framing.bytes);
    if (framing.kind === 'chunked') yield* this.#readChunked();
    this.#isDone = true;
  }

  async *#take(count: number): AsyncGenerator<Buffer> {
    let left = count;
    while (left > 0) {
      const chunk = await this.#next();
      if (chunk.length > left) this.#connection.unread(chunk.subarray(left));
      const own = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= own.length;
      yield own;
    }
  }

  async *#readChunked(): AsyncGenerator<Buffer> {
    for (;;) {
      const [, digits] = sizeLine.exec(await this.#line(lineLimit)) ?? [];
      if (digits === undefined) throw badMessage('a chunk of its body has no size');
      const size = Number.parseInt(digits, 16);
      if (size === 0) break;
      yield* this.#take(size);
      if ((await this.#line(0)) !== '') throw badMessage('a chunk of its body is too long');
    }
    let left = lineLimit;
    for (let line = await this.#line(left); line !== ''; line = await this.#line(left)) {
      left -= line.length;
    }
  }

  async #next(): Promise<Buffer> {
    const chunk = await this.#connection.read();
    if (chunk === null) throw badMessage('it ends within its body');
    return chunk;
  }

  /** A line without its end, of at most so many bytes. */
  async #line(limit: number): Promise<string> {
    let bytes: Buffer = Buffer.alloc(0);
    for (;;) {
      const next = await this.#next();
      bytes = bytes.length === 0 ? next : Buffer.concat([bytes, next]);
      const end = bytes.indexOf('\r\n');
      if (end > limit || (end < 0 && bytes.length > limit + 1)) {
        throw badMessage('a line of its body is too long');
      }
      if (end < 0) continue;
      this.#connection.unread(bytes.subarray(end + 2));
      return bytes.toString('latin1', 0, end);
    }
  }
}
