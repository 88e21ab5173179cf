import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';

/** One record of a log (addon/monitor/log_writer.cc). */
export interface LogRecord {
  /** RFC 3339 with nanoseconds. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** Whether a line ends here; long and unfinished lines come in several records. */
  complete: boolean;
  /** Exactly the bytes that were written, without the line's end. */
  content: Uint8Array;
}

const chunkSize = 1 << 20;
const newline = 0x0a;
const space = 0x20;

/** Reads a record's line; null for one that is damaged. */
export function parseLogLine(line: Uint8Array): LogRecord | null {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first < 0 || second < 0 || third < 0) return null;
  const text = (from: number, to: number): string =>
    Buffer.from(line.buffer, line.byteOffset + from, to - from).toString('latin1');
  const stream = text(first + 1, second);
  const tag = text(second + 1, third);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return null;
  return {
    time: text(0, first),
    stream,
    complete: tag === 'F',
    content: line.subarray(third + 1),
  };
}

/** A log file that is read on from where the last reading ended. */
class LogFile {
  readonly #fd: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** Records that were added since; half a line waits for its end. */
  *read(): Generator<LogRecord> {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const size = readSync(this.#fd, chunk, 0, chunkSize, null);
      if (size === 0) return;
      const bytes = Buffer.concat([this.#rest, chunk.subarray(0, size)]);
      let at = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, at)) {
        const record = parseLogLine(bytes.subarray(at, end));
        if (record !== null) yield record;
        at = end + 1;
      }
      this.#rest = bytes.subarray(at);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function openLog(path: string): LogFile | null {
  try {
    return new LogFile(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The files of a log, oldest first. */
function rotatedFiles(path: string, maxFiles: number): string[] {
  const older = Array.from({ length: maxFiles - 1 }, (_, i) => `${path}.${maxFiles - 1 - i}`);
  return [...older, path];
}

/** All records there are now, oldest first. */
export function* readLog(path: string, maxFiles: number): Generator<LogRecord> {
  for (const file of rotatedFiles(path, maxFiles)) {
    const log = openLog(file);
    if (log === null) continue;
    try {
      yield* log.read();
    } finally {
      log.close();
    }
  }
}

/** Resolves at the next change in the directory, or after a while, for what a watch may miss. */
function nextChange(directory: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory);
    const timer = setTimeout(done, 500);
    function done(): void {
      clearTimeout(timer);
      watcher.close();
      resolve();
    }
    watcher.once('change', done);
    watcher.once('error', done);
  });
}

export interface FollowOptions {
  path: string;
  maxFiles: number;
  /** Whether more may come. Asked before each reading, so that nothing of the end is missed. */
  isRunning(): boolean;
}

/** As readLog, then what is added, across rotation, until the container has ended. */
export async function* followLog(options: FollowOptions): AsyncGenerator<LogRecord> {
  const { path, maxFiles } = options;
  for (const file of rotatedFiles(path, maxFiles).slice(0, -1)) {
    const log = openLog(file);
    if (log === null) continue;
    yield* log.read();
    log.close();
  }
  let current: LogFile | null = null;
  for (;;) {
    const running = options.isRunning();
    const change = running ? nextChange(dirname(path)) : null;
    current ??= openLog(path);
    if (current !== null) yield* current.read();
    if (current !== null && isReplaced(path, current)) {
      // Rotated: what was written before that is read by now, the new file begins at its start.
      yield* current.read();
      current.close();
      current = null;
      continue;
    }
    if (change === null) break;
    await change;
  }
  current?.close();
}

function isReplaced(path: string, current: LogFile): boolean {
  try {
    return statSync(path).ino !== current.inode;
  } catch {
    return false;
  }
}
