import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';

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

/** The names of a log's files, newest first. */
function fileNames(path: string, maxFiles: number): string[] {
  return [path, ...Array.from({ length: maxFiles - 1 }, (_, index) => `${path}.${index + 1}`)];
}

/**
 * The files of a log, oldest first. They are opened from the newest on: what is rotated meanwhile is met
 * twice rather than missed.
 */
function openLogs(path: string, maxFiles: number): LogFile[] {
  const files = new Map<number, LogFile>();
  for (const name of fileNames(path, maxFiles)) {
    const file = openLog(name);
    if (file === null) continue;
    if (files.has(file.inode)) file.close();
    else files.set(file.inode, file);
  }
  return [...files.values()].reverse();
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

const attempts = 20;

/**
 * The file that came after one, wherever rotation has moved both; null: none has. `lost`: that one is no
 * longer kept, so that others may have come between them.
 */
function successor(
  current: LogFile,
  { path, maxFiles }: FollowOptions,
): { file: LogFile; lost: boolean } | null {
  const names = fileNames(path, maxFiles);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const inodes = names.map(inodeOf);
    const at = inodes.indexOf(current.inode);
    if (at === 0) return null;
    // In the middle of a rotation a name is missing for a moment; a file that was removed stays missing.
    const newer = at < 0 ? inodes : inodes.slice(0, at);
    const place =
      attempt < attempts / 2 && at > 0 ? at - 1 : newer.findLastIndex((i) => i !== null);
    const file = openLog(names[place] ?? '');
    const settled = at < 0 || inodeOf(names[at] ?? '') === current.inode;
    if (file !== null && file.inode === inodes[place] && settled) {
      return { file, lost: at !== place + 1 };
    }
    file?.close();
    pauseSync(1);
  }
  return null;
}

/** All records there are now, oldest first. */
export function* readLog(path: string, maxFiles: number): Generator<LogRecord> {
  const files = openLogs(path, maxFiles);
  try {
    for (const file of files) yield* file.read();
  } finally {
    for (const file of files) file.close();
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
  /** Hears when files were rotated away before they were read. */
  onLost(): void;
}

/**
 * As readLog, then what is added, across any number of rotations, until the container has ended. Whoever
 * reads may be slow: what is kept is not missed.
 */
export async function* followLog(options: FollowOptions): AsyncGenerator<LogRecord> {
  const { path, maxFiles } = options;
  const files = openLogs(path, maxFiles);
  try {
    for (;;) {
      const running = options.isRunning();
      const change = running && files.length < 2 ? nextChange(dirname(path)) : null;
      if (files.length === 0) files.push(...openLogs(path, maxFiles));
      const [current] = files;
      if (current !== undefined) yield* current.read();
      if (current !== undefined && isFollowed(files, options)) {
        // Nothing is written to it any more.
        yield* current.read();
        files.shift()?.close();
        continue;
      }
      if (change === null) break;
      await change;
    }
  } finally {
    for (const file of files) file.close();
  }
}

/** Whether another file has come after the first one: it is then among them. */
function isFollowed(files: LogFile[], options: FollowOptions): boolean {
  const [current] = files;
  if (current === undefined || files.length > 1) return current !== undefined;
  const next = successor(current, options);
  if (next === null) return false;
  // Of a log with one file, nobody can tell.
  if (next.lost && options.maxFiles > 1) options.onLost();
  files.push(next.file);
  return true;
}
