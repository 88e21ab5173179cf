import { type LinePlace, PlacedLines } from '../store/placed-lines.ts';
import { followLines, readLines } from '../store/rotated-lines.ts';
import type { EngineEvent } from './event.ts';
import { makeEventFile, olderEventFile } from './event-file.ts';

function parseEvent(line: Buffer): EngineEvent | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    const isEvent = typeof value === 'object' && value !== null && 'Status' in value;
    return isEvent ? (value as EngineEvent) : null;
  } catch {
    return null;
  }
}

function fileNames(path: string): string[] {
  return [path, olderEventFile(path)];
}

/** All events there are, oldest first. */
export function* readEvents(path: string): Generator<EngineEvent> {
  for (const line of readLines(fileNames(path))) {
    const event = parseEvent(line);
    if (event !== null) yield event;
  }
}

/** The events from now on, or with `past` all, until `isOver`. Goes on across rotation. */
export async function* followEvents(
  path: string,
  past: boolean,
  isOver: () => boolean,
): AsyncGenerator<EngineEvent> {
  const isRunning = (): boolean => !isOver();
  for await (const line of followLines({ names: fileNames(path), past, isRunning })) {
    const event = parseEvent(line);
    if (event !== null) yield event;
  }
}

/** Events that somebody reads bit by bit, and in between keeps the place only: a file and numbers of bytes. */
export class PlacedEvents {
  readonly #lines: PlacedLines;

  private constructor(lines: PlacedLines) {
    this.#lines = lines;
  }

  /** From now on, or with `past` from the first one that is kept. */
  static open(path: string, past: boolean): PlacedEvents {
    makeEventFile(path);
    return new PlacedEvents(PlacedLines.open(fileNames(path), past));
  }

  /** From a place on whose descriptor remains the caller's. */
  static resume(path: string, place: Omit<LinePlace, 'seen'>): PlacedEvents {
    return new PlacedEvents(PlacedLines.resume(fileNames(path), place));
  }

  /** The events until now, over rotations. */
  *read(): Generator<EngineEvent> {
    for (const line of this.#lines.read()) {
      const event = parseEvent(line);
      if (event !== null) yield event;
    }
  }

  /** The place after what was read. Its descriptor is the caller's then. */
  take(): LinePlace {
    return this.#lines.take();
  }

  close(): void {
    this.#lines.close();
  }
}
