import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';

const chunkSize = 1 << 20;
const newline = 0x0a;
/** No writer of ours makes a longer line; what is longer is left out, whoever has written it. */
const longestLine = 1 << 20;

/** A file of lines that is read on from where the last reading ended. */
export class LineFile {
  readonly #fd: number;
  #at: number;
  #rest: Buffer = Buffer.alloc(0);

  /** `offset`: bytes that are passed by. */
  constructor(descriptor: number, offset = 0) {
    this.#fd = descriptor;
    this.#at = offset;
  }

  get descriptor(): number {
    return this.#fd;
  }

  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** Bytes that were read. */
  get seen(): number {
    return this.#at;
  }

  /** Bytes before the line whose end is not there yet. */
  get offset(): number {
    return this.#at - this.#rest.length;
  }

  /** Lines that were added since, without their ends; half a line waits for its end. */
  *read(): Generator<Buffer> {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const size = readSync(this.#fd, chunk, 0, chunkSize, this.#at);
      if (size === 0) return;
      this.#at += size;
      const bytes = Buffer.concat([this.#rest, chunk.subarray(0, size)]);
      let at = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, at)) {
        yield bytes.subarray(at, end);
        at = end + 1;
      }
      const rest = bytes.subarray(at);
      this.#rest = rest.length > longestLine ? Buffer.alloc(0) : rest;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function openLines(path: string): LineFile | null {
  try {
    return new LineFile(openSync(path, 'r'));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The files of these names, newest first, in the other order. They are opened from the newest on: what is
 * rotated meanwhile is met twice rather than missed.
 */
export function openAll(names: readonly string[]): LineFile[] {
  const files = new Map<number, LineFile>();
  for (const name of names) {
    const file = openLines(name);
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
export function successor(
  current: LineFile,
  names: readonly string[],
): { file: LineFile; lost: boolean } | null {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const inodes = names.map(inodeOf);
    const at = inodes.indexOf(current.inode);
    if (at === 0) return null;
    // In the middle of a rotation a name is missing for a moment; a file that was removed stays missing.
    const newer = at < 0 ? inodes : inodes.slice(0, at);
    const place =
      attempt < attempts / 2 && at > 0 ? at - 1 : newer.findLastIndex((i) => i !== null);
    const file = openLines(names[place] ?? '');
    const settled = at < 0 || inodeOf(names[at] ?? '') === current.inode;
    if (file !== null && file.inode === inodes[place] && settled) {
      return { file, lost: at !== place + 1 };
    }
    file?.close();
    pauseSync(1);
  }
  return null;
}

/** All lines that there are now in the files of these names, newest first; oldest lines first. */
export function* readLines(names: readonly string[]): Generator<Buffer> {
  const files = openAll(names);
  try {
    for (const file of files) yield* file.read();
  } finally {
    for (const file of files) file.close();
  }
}

/** A line, with the numbers of bytes before it and up to its end in its file. */
export interface PlacedLine {
  line: Buffer;
  offset: number;
  end: number;
}

/** The lines that there are now in the files of these names, for whoever goes on with the newest by himself. */
export class HeldLines {
  readonly #older: LineFile[];
  #newest: LineFile | null;

  constructor(names: readonly string[]) {
    this.#older = openAll(names);
    this.#newest = this.#older.pop() ?? null;
  }

  /** The lines of all files but the newest, oldest first. */
  *older(): Generator<Buffer> {
    for (const file of this.#older) yield* file.read();
  }

  /** The lines of the newest file. */
  *newest(): Generator<PlacedLine> {
    let offset = 0;
    for (const line of this.#newest?.read() ?? []) {
      const end = offset + line.length + 1;
      yield { line, offset, end };
      offset = end;
    }
  }

  /** The newest file, which is the caller's then; null: there is none. */
  takeNewest(): number | null {
    const file = this.#newest;
    this.#newest = null;
    return file?.descriptor ?? null;
  }

  close(): void {
    this.#newest?.close();
    for (const file of this.#older.splice(0)) file.close();
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

export interface FollowedLines {
  /** Newest first. */
  names: readonly string[];
  /** False: what there is already is passed by. */
  past: boolean;
  /** Whether more may come. Asked before each reading, so that nothing of the end is missed. */
  isRunning(): boolean;
  /** Hears when files were rotated away before they were read. */
  onLost?(): void;
}

function openFollowed({ names, past }: FollowedLines): LineFile[] {
  if (past) return openAll(names);
  const newest = openLines(names[0] ?? '');
  if (newest === null) return [];
  for (const _ of newest.read());
  return [newest];
}

/** Whether another file has come after the first one: it is then among them. */
function isFollowed(files: LineFile[], { names, onLost }: FollowedLines): boolean {
  const [current] = files;
  if (current === undefined || files.length > 1) return current !== undefined;
  const next = successor(current, names);
  if (next === null) return false;
  // Of a single file, nobody can tell.
  if (next.lost && names.length > 1) onLost?.();
  files.push(next.file);
  return true;
}

/**
 * The lines of files that are rotated, and then those that are added, until no more can come. Whoever
 * reads may be slow: what is kept is not missed.
 */
export async function* followLines(followed: FollowedLines): AsyncGenerator<Buffer> {
  const directory = dirname(followed.names[0] ?? '');
  const files = openFollowed(followed);
  try {
    for (;;) {
      const running = followed.isRunning();
      const change = running && files.length < 2 ? nextChange(directory) : null;
      if (files.length === 0) files.push(...openAll(followed.names));
      const [current] = files;
      if (current !== undefined) yield* current.read();
      if (current !== undefined && isFollowed(files, followed)) {
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
