import { followLines, readLines } from '../store/rotated-lines.ts';
import type { EngineEvent } from './event.ts';
import { olderEventFile } from './event-file.ts';

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
