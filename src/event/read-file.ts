import { closeSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { EngineEvent } from './event.ts';
import { olderEventFile } from './event-file.ts';

const chunkSize = 1 << 16;
/** A record is a few hundred bytes; labels may make it longer. */
const longestLine = 1 << 20;

function parseEvent(line: string): EngineEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    const isEvent = typeof value === 'object' && value !== null && 'Status' in value;
    return isEvent ? (value as EngineEvent) : null;
  } catch {
    return null;
  }
}

/** An events file that is read on from where the last reading ended. */
class EventFileReader {
  readonly #fd: number;
  #rest = '';

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** Events that were added since; half a line waits for its end. */
  *read(): Generator<EngineEvent> {
    const chunk = Buffer.alloc(chunkSize);
    for (;;) {
      const size = readSync(this.#fd, chunk, 0, chunkSize, null);
      if (size === 0) return;
      const lines = (this.#rest + chunk.toString('utf8', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      if (this.#rest.length > longestLine) this.#rest = '';
      for (const line of lines) {
        const event = parseEvent(line);
        if (event !== null) yield event;
      }
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function open(path: string): EventFileReader | null {
  try {
    return new EventFileReader(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** All events there are, oldest first. */
export function* readEvents(path: string): Generator<EngineEvent> {
  for (const file of [olderEventFile(path), path]) {
    const reader = open(file);
    if (reader === null) continue;
    try {
      yield* reader.read();
    } finally {
      reader.close();
    }
  }
}

/** Resolves at the next change beside the file, after a while, or at once when `signal` aborts. */
function nextChange(path: string, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    const watcher = watch(dirname(path)).once('change', done).once('error', done);
    function done(): void {
      clearTimeout(timer);
      watcher.close();
      resolve();
    }
  });
}

/** What a change notification may miss is seen after this long. */
const pollInterval = 500;

/**
 * The events from now on, or with `past` all, until `isOver`. Goes on across rotation.
 */
export async function* followEvents(
  path: string,
  past: boolean,
  isOver: () => boolean,
): AsyncGenerator<EngineEvent> {
  const older = past ? open(olderEventFile(path)) : null;
  if (older !== null) {
    yield* older.read();
    older.close();
  }
  let current = open(path);
  if (!past && current !== null) for (const _ of current.read());
  try {
    for (;;) {
      const over = isOver();
      const change = nextChange(path, pollInterval);
      current ??= open(path);
      if (current !== null) yield* current.read();
      const named = statSync(path, { throwIfNoEntry: false })?.ino;
      if (current !== null && named !== current.inode) {
        // Rotated: what came before that is to be read to its end.
        yield* current.read();
        current.close();
        current = null;
      }
      if (over) return;
      await change;
    }
  } finally {
    current?.close();
  }
}
