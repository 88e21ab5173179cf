import { createReadStream } from 'node:fs';
import type Test from 'tap';
import type { Connection } from '../../src/api/http/connection.ts';
import { type Outcome, serveRequest } from '../../src/api/serve.ts';
import { createCommandReader } from '../../src/cli/generate/create-command.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type Bench, openBench } from './in-process.ts';

/** A client that has sent all it will send, and a record of what it was answered. */
export class RecordedConnection implements Connection {
  #pieces: Buffer[];
  readonly #written: Buffer[] = [];
  readonly descriptor = null;
  gone = false;

  constructor(pieces: readonly (string | Uint8Array)[]) {
    this.#pieces = pieces.map((piece) => Buffer.from(piece));
  }

  async read(): Promise<Buffer | null> {
    return this.#pieces.shift() ?? null;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pieces.unshift(Buffer.from(bytes));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#written.push(Buffer.from(bytes));
  }

  writeLast(bytes: Uint8Array): Promise<void> {
    return this.write(bytes);
  }

  async writeFrom(input: number, chunked: boolean): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of createReadStream('', { fd: input, autoClose: false })) {
      pieces.push(piece);
    }
    const bytes = Buffer.concat(pieces);
    const size = chunked && bytes.length > 0 ? `${bytes.length.toString(16)}\r\n` : '';
    await this.write(Buffer.concat([Buffer.from(size), bytes, Buffer.from(size && '\r\n')]));
  }

  async passBody(): Promise<false> {
    return false;
  }

  takeRest(): Buffer {
    return Buffer.concat(this.#pieces.splice(0));
  }

  isGone(): boolean {
    return this.gone;
  }

  close(): void {
    this.gone = true;
  }

  /** All that was written to it. */
  get written(): Buffer {
    return Buffer.concat(this.#written);
  }
}

/** An answer, taken apart. */
export interface ApiReply {
  status: number;
  headers: Map<string, string>;
  body: string;
  /** The body as JSON. */
  json: unknown;
  outcome: Outcome;
}

function withoutChunks(body: string): string {
  let text = '';
  let rest = body;
  for (;;) {
    const [line = '', digits = ''] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
    const size = Number.parseInt(digits, 16);
    if (!(size > 0)) return text;
    text += rest.slice(line.length, line.length + size);
    rest = rest.slice(line.length + size + 2);
  }
}

function takeApart(bytes: Buffer, outcome: Outcome): ApiReply {
  const whole = bytes.toString('latin1');
  const end = whole.indexOf('\r\n\r\n');
  const [first = '', ...lines] = whole.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const raw = whole.slice(end + 4);
  const decoded = headers.get('transfer-encoding') === 'chunked' ? withoutChunks(raw) : raw;
  const body = Buffer.from(decoded, 'latin1').toString();
  return {
    status: Number(first.split(' ')[1]),
    headers,
    body,
    get json(): unknown {
      return JSON.parse(body);
    },
    outcome,
  };
}

/** A request beside its method and path. */
export interface AskOptions {
  /** Sent as JSON unless it is text. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

const createCommands = async () => createCommandReader(['--root=/the/root', '--log-level=debug']);

/** Serves one request, given as the bytes of its message, in this process. */
export async function exchange(
  engine: Engine,
  ...pieces: (string | Uint8Array)[]
): Promise<ApiReply> {
  const connection = new RecordedConnection(pieces);
  const outcome = await serveRequest({ engine, createCommands }, connection);
  return takeApart(connection.written, outcome);
}

/** Serves one request in this process: `ask(engine, 'GET', '/containers/json?all=1')`. */
export function ask(
  engine: Engine,
  method: string,
  path: string,
  { body, headers = {} }: AskOptions = {},
): Promise<ApiReply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const all = {
    Host: 'd',
    ...(text !== undefined && { 'Content-Length': String(Buffer.byteLength(text)) }),
    ...(text !== undefined && { 'Content-Type': 'application/json' }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return exchange(engine, `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, text ?? '');
}

/** A store of a test's own with the image `web`, of which a client asks. */
export interface ApiBench extends Bench {
  ask(method: string, path: string, options?: AskOptions): Promise<ApiReply>;
}

/** A bench that goes with its test; handlers run in this process. */
export function openApiBench(t: Pick<typeof Test, 'teardown'>): ApiBench {
  const bench = openBench(t);
  return { ...bench, ask: (method, path, options) => ask(bench.engine, method, path, options) };
}
