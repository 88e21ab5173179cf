import { parseTimestamp } from '../../base/duration.ts';
import type { EngineEvent } from '../../event/event.ts';
import { eventFile } from '../../event/event-file.ts';
import { followEvents, readEvents } from '../../event/read-file.ts';
import { eventOf, readJournalEvents } from '../../event/read-journal.ts';
import type { Engine } from '../engine.ts';

export interface EventQuery {
  /** Nanoseconds since 1970. */
  since: bigint | null;
  until: bigint | null;
  /** Go on with what happens. */
  stream: boolean;
}

/** Without a beginning, or an end, a stream tells of what is new only (podman-events(1)). */
export function wantsPast({ since, until, stream }: EventQuery): boolean {
  return !stream || since !== null || until !== null;
}

/** Whether all that is asked for has happened. */
export function isOver({ until }: EventQuery): boolean {
  return until !== null && BigInt(Date.now()) * 1_000_000n > until;
}

/** Whether an event is of the time that is asked for. */
export function placeInTime(
  { Time }: EngineEvent,
  { since, until }: Pick<EventQuery, 'since' | 'until'>,
): 'before' | 'within' | 'after' {
  const at = parseTimestamp(Time) ?? 0n;
  if (since !== null && at < since) return 'before';
  return until !== null && at > until ? 'after' : 'within';
}

async function* journalEvents(query: EventQuery): AsyncGenerator<EngineEvent> {
  const reader = readJournalEvents(query.since, wantsPast(query), query.stream);
  const wait = query.until === null ? 0 : Number(query.until / 1_000_000n) - Date.now();
  const timer =
    query.stream && query.until !== null
      ? setTimeout(() => reader.close(), Math.max(wait, 0))
      : null;
  try {
    for await (const entry of reader) {
      const event = eventOf(entry);
      if (event !== null) yield event;
    }
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

/** The events that have happened, and with `stream` those from now on, oldest first. */
export async function* watchEvents(engine: Engine, query: EventQuery): AsyncGenerator<EngineEvent> {
  const path = eventFile(engine.store, engine.config);
  const source =
    engine.eventsBackend === 'journald'
      ? journalEvents(query)
      : query.stream
        ? followEvents(path, wantsPast(query), () => isOver(query))
        : readEvents(path);
  for await (const event of source) {
    const place = placeInTime(event, query);
    if (place === 'after' && query.stream) return;
    if (place !== 'within') continue;
    yield event;
  }
}
