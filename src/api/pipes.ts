import { close, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { errnoCode } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import type { RequestBody } from './http/body.ts';
import type { BodyWriter, Reply } from './route/reply.ts';

const readSome = promisify(read);
const writeSome = promisify(write);
const closeFile = promisify(close);
const chunkSize = 256 * 1024;

/**
 * The bytes that a use case writes to a descriptor. Its error comes at their end; whoever stops reading ends it, as a
 * broken pipe does. What was made is to be ended, or passed on.
 */
export class Output {
  readonly #descriptor: number;
  readonly #done: Promise<void>;
  #failure: { error: unknown } | null = null;

  constructor(produce: (fd: number) => Promise<unknown>) {
    const [output, input] = addon().pipe();
    this.#descriptor = output;
    this.#done = produce(input)
      .catch((error) => {
        this.#failure = { error };
      })
      .then(() => closeFile(input));
  }

  /** Some bytes; null: these were all. */
  async read(): Promise<Buffer | null> {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const { bytesRead } = await readSome(this.#descriptor, chunk, 0, chunkSize, null);
    return bytesRead === 0 ? null : chunk.subarray(0, bytesRead);
  }

  /** Passes on what was read before, and what is left. What fails before the first byte is an answer of its own. */
  async passTo(writer: BodyWriter, before: readonly Buffer[] = []): Promise<void> {
    try {
      for (const chunk of before) await writer.write(chunk);
      const first = await this.read();
      if (first !== null) {
        await writer.write(first);
        await writer.writeFrom(this.#descriptor);
      }
    } finally {
      await this.end();
    }
    this.check();
  }

  /** Reads no more. */
  async end(): Promise<void> {
    await closeFile(this.#descriptor);
    await this.#done;
  }

  /** After the end: throws what the use case has. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** The answer to be made of what a use case writes to a descriptor, such as an archive. */
export function outputStream(type: string, produce: (fd: number) => Promise<unknown>): Reply {
  return { kind: 'stream', type, produce: (writer) => new Output(produce).passTo(writer) };
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await writeSome(fd, bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

async function feed(input: number, bytes: AsyncIterable<Uint8Array> | RequestBody): Promise<void> {
  if ('passTo' in bytes && (await bytes.passTo(input))) return;
  const chunks = 'passTo' in bytes ? bytes.chunks() : bytes;
  for await (const chunk of chunks) await writeAll(input, chunk);
}

/** Gives bytes to a use case that reads them from a descriptor. What it does not read is passed by. */
export async function inputFor<T>(
  bytes: AsyncIterable<Uint8Array> | RequestBody,
  consume: (fd: number) => Promise<T>,
): Promise<T> {
  const [output, input] = addon().pipe();
  const consumed = consume(output).finally(() => closeFile(output));
  // Rejects later, where it is waited for.
  consumed.catch(() => undefined);
  try {
    await feed(input, bytes);
  } catch (error) {
    if (errnoCode(error) !== 'EPIPE') throw error;
  } finally {
    await closeFile(input);
  }
  return consumed;
}
