import { close, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { errnoCode } from '../base/errors.ts';
import { addon } from '../native/addon.ts';

const readSome = promisify(read);
const writeSome = promisify(write);
const closeFile = promisify(close);
const chunkSize = 256 * 1024;

/**
 * The bytes that a use case writes to a descriptor. Its error comes at their end; whoever stops reading ends it, as a
 * broken pipe does.
 */
export async function* outputOf(produce: (fd: number) => Promise<unknown>): AsyncGenerator<Buffer> {
  const [output, input] = addon().pipe();
  let failure: { error: unknown } | null = null;
  const done = produce(input)
    .catch((error) => {
      failure = { error };
    })
    .finally(() => closeFile(input));
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const { bytesRead } = await readSome(output, chunk, 0, chunkSize, null);
      if (bytesRead === 0) break;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await closeFile(output);
    await done;
  }
  const failed = failure as { error: unknown } | null;
  if (failed !== null) throw failed.error;
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await writeSome(fd, bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

/** Gives bytes to a use case that reads them from a descriptor. What it does not read is passed by. */
export async function inputFor<T>(
  bytes: AsyncIterable<Uint8Array>,
  consume: (fd: number) => Promise<T>,
): Promise<T> {
  const [output, input] = addon().pipe();
  const consumed = consume(output).finally(() => closeFile(output));
  // Rejects later, where it is waited for.
  consumed.catch(() => undefined);
  try {
    for await (const chunk of bytes) await writeAll(input, chunk);
  } catch (error) {
    if (errnoCode(error) !== 'EPIPE') throw error;
  } finally {
    await closeFile(input);
  }
  return consumed;
}
