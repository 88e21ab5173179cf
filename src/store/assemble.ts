import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { addon } from '../native/addon.ts';
import { libexecPath } from '../native/locate.ts';
import { usernsArgv } from '../native/userns.ts';
import { workerOutput } from './worker.ts';

/** A piece of an archive: its own bytes, or the content of a file of the directory. */
export type ArchiveStep =
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'file'; name: Uint8Array; size: number };

const piece = 1 << 20;

function header(kind: string, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write(kind, 'latin1');
  bytes.writeUInt32LE(length, 1);
  return bytes;
}

async function* encode(steps: AsyncIterable<ArchiveStep>): AsyncGenerator<Uint8Array> {
  for await (const step of steps) {
    if (step.kind === 'bytes') {
      for (let at = 0; at < step.bytes.length; at += piece) {
        const part = step.bytes.subarray(at, at + piece);
        yield Buffer.concat([header('S', part.length), part]);
      }
    } else {
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(step.size));
      yield Buffer.concat([header('F', 8 + step.name.length), size, step.name]);
    }
  }
}

/**
 * An archive that was unpacked into a directory, made again and compressed with gzip. Files are read
 * as root of the user namespace, beneath the directory only. Errors: `bad-layer`.
 */
export async function* assembleLayer(
  directory: string,
  steps: AsyncIterable<ArchiveStep>,
  idMap: IdMap,
): AsyncGenerator<Uint8Array, void, void> {
  const [input, output] = addon().pipe();
  const argv = [libexecPath('bryo-worker'), 'assemble', directory];
  const assembler = spawn(libexecPath('bryo-launcher'), usernsArgv(idMap, argv), {
    stdio: ['pipe', output, 'pipe'],
  });
  closeSync(output);
  const encoder = spawn(libexecPath('bryo-worker'), ['recode', 'gzip'], {
    stdio: [input, 'pipe', 'pipe'],
  });
  closeSync(input);
  // The message of an assembler that gives up is the error that counts.
  const fed = feed(assembler.stdin, steps);
  const assembled = drain(assembler);
  // The one who waits for the end meets the error.
  assembled.catch(() => undefined);
  yield* workerOutput(encoder, 'bad-layer');
  const problem = await fed;
  if (problem !== null) {
    assembler.kill('SIGKILL');
    await assembled.catch(() => undefined);
    throw problem;
  }
  await assembled;
}

/** Errors of writing to a worker that has given up: before its end is known, and after. */
const nobodyReads = new Set(['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** Resolves with what went wrong; null: nothing, or the worker has given up and says why. */
async function feed(
  input: Writable | null | undefined,
  steps: AsyncIterable<ArchiveStep>,
): Promise<unknown> {
  try {
    if (input) await pipeline(Readable.from(encode(steps)), input);
    return null;
  } catch (error) {
    return nobodyReads.has(errnoCode(error) ?? '') ? null : error;
  }
}

/** Waits for a worker that writes elsewhere. */
async function drain(child: Parameters<typeof workerOutput>[0]): Promise<void> {
  for await (const _ of workerOutput(child, 'bad-layer')) {
    // The assembler has no output here.
  }
}
