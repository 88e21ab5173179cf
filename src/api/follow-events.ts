import { constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { eventFilter, idsOfFilters } from '../engine/system/event-filters.ts';
import {
  type EventQuery,
  isOver,
  placeInTime,
  wantsPast,
  watchEvents,
} from '../engine/system/watch-events.ts';
import type { EngineEvent } from '../event/event.ts';
import { eventFile } from '../event/event-file.ts';
import { readWaitingEntries } from '../event/journalctl.ts';
import { PlacedEvents } from '../event/read-file.ts';
import { eventOf, openJournalEvents } from '../event/read-journal.ts';
import { HttpProblem } from './http/problem.ts';
import { jsonLines, type Pause, type Reply, type Tell } from './route/reply.ts';
import type { ApiRequest } from './route/request.ts';

/** A client's request for events. */
export interface AskedEvents extends EventQuery {
  /** Filters, KEY=VALUE. */
  filters: readonly string[];
  /** An event in the client's words; null: not for this client. */
  show(event: EngineEvent): unknown;
}

/** The request of a client who follows, kept while nothing happens. */
interface KeptEvents {
  /** As they were at first: words may mean another time by now. */
  since: string | null;
  until: string | null;
  /** Containers that filters have named. */
  ids: readonly string[];
  /** Bytes of the file that were told; of the journal none. */
  offset: number;
}

/** Containers that the filters of one who follows may name: their ids are kept. */
const mostIds = 400;

/** Longest wait in milliseconds that the acceptor is asked for. */
const longestWait = 2 ** 31;

const timeOf = (word: string | null): bigint | null => (word === null ? null : BigInt(word));

/** Tells of an event if it is asked for. False: it was after all that are. */
type Teller = (event: EngineEvent) => Promise<boolean>;

/** A client who follows, at one of the times when there is something to tell. */
interface Follower {
  engine: Engine;
  query: EventQuery;
  ids: readonly string[];
  handed: readonly number[];
  /** Null: the first time. */
  kept: KeptEvents | null;
}

function pauseOf({ query, ids }: Follower, offset: number): Omit<Pause, 'descriptor' | 'growth'> {
  const { since, until } = query;
  const kept: KeptEvents = {
    since: since?.toString() ?? null,
    until: until?.toString() ?? null,
    ids,
    offset,
  };
  // The end is over when it has passed.
  const wait = until === null ? null : Number(until / 1_000_000n) - Date.now() + 1;
  return { state: kept, after: wait === null ? null : Math.min(Math.max(wait, 1), longestWait) };
}

async function tellOfFile(follower: Follower, teller: Teller): Promise<Pause | null> {
  const { engine, query, handed, kept } = follower;
  const path = eventFile(engine.store, engine.config);
  const [descriptor, directory] = handed;
  const over = isOver(query);
  const events =
    kept === null || descriptor === undefined
      ? PlacedEvents.open(path, wantsPast(query))
      : PlacedEvents.resume(path, { descriptor, offset: kept.offset });
  try {
    for (const event of events.read()) if (!(await teller(event))) return null;
    if (over) return null;
    const { descriptor: file, offset, seen } = events.take();
    const growth = {
      file,
      directory: directory ?? openSync(dirname(path), constants.O_DIRECTORY | constants.O_RDONLY),
      name: basename(path),
      seen,
    };
    return { ...pauseOf(follower, offset), descriptor: null, growth };
  } finally {
    events.close();
  }
}

async function tellOfJournal(follower: Follower, teller: Teller): Promise<Pause | null> {
  const { query, handed } = follower;
  const [pipe] = handed;
  if (pipe === undefined) {
    const descriptor = openJournalEvents(query.since, wantsPast(query));
    return { ...pauseOf(follower, 0), descriptor };
  }
  const over = isOver(query);
  const entries = readWaitingEntries(pipe);
  for (let next = entries.next(); ; next = entries.next()) {
    if (next.done === true) {
      return over || !next.value ? null : { ...pauseOf(follower, 0), descriptor: pipe };
    }
    const event = eventOf(next.value);
    if (event !== null && !(await teller(event))) return null;
  }
}

/** Whether the acceptor can wait for events: the name of a file is a word to it. */
function canWait(engine: Engine): boolean {
  return (
    engine.eventsBackend === 'journald' ||
    !/\s/.test(basename(eventFile(engine.store, engine.config)))
  );
}

/** The answer of a worker that stays until the end. */
function heldReply({ engine, gone }: ApiRequest, { filters, show, ...query }: AskedEvents): Reply {
  const fits = eventFilter(engine, filters);
  const events = watchEvents(engine, query);
  return jsonLines(async (tell, writer) => {
    await writer.begin();
    gone.addEventListener('abort', () => void events.return(undefined));
    for await (const event of events) {
      if (gone.aborted) return;
      const shown = fits(event) ? show(event) : null;
      if (shown !== null) await tell(shown);
    }
  });
}

/** Whether anything is to come: not after an end that has passed. One who follows already is told so in its own time. */
export function goesOn({ kept }: Pick<ApiRequest, 'kept'>, until: bigint | null): boolean {
  return kept !== undefined || until === null || until > BigInt(Date.now()) * 1_000_000n;
}

/**
 * The events that a client asks for. Of those that are to come the acceptor waits for the next one: nothing of ours is
 * there for a client meanwhile. Throws HttpProblem, and BryoError for filters that make no sense.
 */
export function eventsReply(request: ApiRequest, asked: AskedEvents): Reply {
  const { engine } = request;
  if (!asked.stream || !canWait(engine)) return heldReply(request, asked);
  const kept = request.kept === undefined ? null : (request.kept as KeptEvents);
  const times = kept === null ? asked : { since: timeOf(kept.since), until: timeOf(kept.until) };
  const query = { since: times.since, until: times.until, stream: true };
  const ids = kept?.ids ?? idsOfFilters(engine, asked.filters);
  if (ids.length > mostIds)
    throw new HttpProblem(400, `filters name more than ${mostIds} containers`);
  const fits = eventFilter(engine, [...asked.filters, ...ids.map((id) => `container=${id}`)]);
  const tellerOf =
    (tell: Tell): Teller =>
    async (event) => {
      const place = placeInTime(event, query);
      const shown = place === 'within' && fits(event) ? asked.show(event) : null;
      if (shown !== null) await tell(shown);
      return place !== 'after';
    };
  const follower = { engine, query, ids, handed: request.handed ?? [], kept };
  const produce = engine.eventsBackend === 'journald' ? tellOfJournal : tellOfFile;
  return { kind: 'continued', produce: (tell) => produce(follower, tellerOf(tell)) };
}
