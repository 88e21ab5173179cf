import { type FollowedLines, followLines, HeldLines, readLines } from '../store/rotated-lines.ts';

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

/** The names of a log's files, newest first. */
function fileNames(path: string, maxFiles: number): string[] {
  return [path, ...Array.from({ length: maxFiles - 1 }, (_, index) => `${path}.${index + 1}`)];
}

/** All records there are now, oldest first. */
export function* readLog(path: string, maxFiles: number): Generator<LogRecord> {
  for (const line of readLines(fileNames(path, maxFiles))) {
    const record = parseLogLine(line);
    if (record !== null) yield record;
  }
}

/** A record, with the numbers of bytes before it and up to its end in its file. */
export interface PlacedRecord {
  record: LogRecord;
  offset: number;
  end: number;
}

/** The records that there are now, for whoever goes on with the newest file by himself. */
export class HeldLog {
  readonly #lines: HeldLines;

  constructor(path: string, maxFiles: number) {
    this.#lines = new HeldLines(fileNames(path, maxFiles));
  }

  /** The records of all files but the newest, oldest first. */
  *older(): Generator<LogRecord> {
    for (const line of this.#lines.older()) {
      const record = parseLogLine(line);
      if (record !== null) yield record;
    }
  }

  /** The records of the newest file. */
  *newest(): Generator<PlacedRecord> {
    for (const { line, ...place } of this.#lines.newest()) {
      const record = parseLogLine(line);
      if (record !== null) yield { record, ...place };
    }
  }

  /** The newest file, which is the caller's then; null: there is none. */
  takeNewest(): number | null {
    return this.#lines.takeNewest();
  }

  close(): void {
    this.#lines.close();
  }
}

export interface FollowOptions extends Omit<FollowedLines, 'names' | 'past'> {
  path: string;
  maxFiles: number;
}

/** As readLog, then what is added, across any number of rotations, until the container has ended. */
export async function* followLog(options: FollowOptions): AsyncGenerator<LogRecord> {
  const { path, maxFiles, ...followed } = options;
  const names = fileNames(path, maxFiles);
  for await (const line of followLines({ ...followed, names, past: true })) {
    const record = parseLogLine(line);
    if (record !== null) yield record;
  }
}
