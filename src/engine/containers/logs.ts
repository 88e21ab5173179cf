import { parseTimestamp } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { readJournalLog } from '../../monitor/journal-log.ts';
import { followLog, HeldLog, type LogRecord, readLog } from '../../monitor/log-reader.ts';
import { readContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { logPath } from './start/monitor-input.ts';

/** The part of a log that is read. */
export interface LogQuery {
  /** Nanoseconds since 1970. */
  since: bigint | null;
  until: bigint | null;
  /** Number of lines at the end; null: all. */
  tail: number | null;
  /** Go on with what is added, until the container has ended. */
  follow: boolean;
}

/** A container with its log. */
export interface LogSource {
  record: ContainerRecord;
  /** Empty: the log is in the journal. */
  path: string;
}

/** The log of a container; null: it keeps none. */
export function logOf({ store }: Engine, record: ContainerRecord): LogSource | null {
  const path = logPath(store, record);
  return path === '' && record.options.log.driver !== 'journald' ? null : { record, path };
}

/** The log of the container of that name. Throws BryoError `no-such-container`, `no-log`. */
export function findLog(engine: Engine, nameOrId: string): LogSource {
  const record = findRecord(engine.store, nameOrId);
  const source = logOf(engine, record);
  if (source !== null) return source;
  const { driver } = record.options.log;
  throw new BryoError('no-log', `container ${nameOrId} keeps no log (--log-driver ${driver})`);
}

/** Whether a record is of the time that is asked for. */
function isSelected({ since, until }: LogQuery, { time }: LogRecord): boolean {
  if (since === null && until === null) return true;
  const at = parseTimestamp(time) ?? 0n;
  return (since === null || at >= since) && (until === null || at <= until);
}

/** The records that make up the last `count` lines. */
export function lastLines(records: Iterable<LogRecord>, count: number): LogRecord[] {
  const kept: LogRecord[] = [];
  /** Place of the first one in it that counts. */
  let first = 0;
  let lines = 0;
  let open = false;
  for (const record of records) {
    kept.push(record);
    if (!open) lines += 1;
    open = !record.complete;
    for (; lines > count && first < kept.length; first += 1) {
      if (kept[first]?.complete) lines -= 1;
    }
    // All are moved once for as many as go: one by one that would be done for each.
    if (2 * first > kept.length) {
      kept.splice(0, first);
      first = 0;
    }
  }
  return count === 0 ? [] : kept.slice(first);
}

/** Whether more may come that `until` lets through. */
function goesOn({ store }: Engine, { id }: ContainerRecord, until: bigint | null): boolean {
  if (until !== null && BigInt(Date.now()) * 1_000_000n > until) return false;
  const state = readContainerState(store, id);
  return state.status === 'running' || (state.status === 'exited' && state.restarting !== null);
}

/** The entries of a container's journal, and with `follow` those that come. */
function journal(engine: Engine, { record }: LogSource, query: LogQuery) {
  const { since, until, tail, follow } = query;
  const isRunning = (): boolean => goesOn(engine, record, until);
  return readJournalLog({ id: record.id, since, lines: tail, follow, isRunning });
}

/** All records of a log from its beginning, and what comes. */
function following(engine: Engine, source: LogSource, query: LogQuery): AsyncIterable<LogRecord> {
  const { record, path } = source;
  if (path === '') return journal(engine, source, { ...query, tail: null });
  const { maxFiles } = record.options.log;
  const isRunning = (): boolean => goesOn(engine, record, query.until);
  const onLost = (): void =>
    engine.log(
      'warn',
      `the log of ${record.name} was rotated before it was read: lines may be missing here`,
    );
  return followLog({ path, maxFiles, isRunning, onLost });
}

/** The records of a log that are asked for, of those there are now, and how many there are in all. */
async function readHeld(engine: Engine, source: LogSource, query: LogQuery) {
  let total = 0;
  const selected = function* (records: Iterable<LogRecord>): Generator<LogRecord> {
    for (const entry of records) {
      total += 1;
      if (isSelected(query, entry)) yield entry;
    }
  };
  const { path, record } = source;
  const entries: LogRecord[] = [];
  if (path === '') {
    const all = { ...query, tail: null, follow: false };
    for await (const entry of journal(engine, source, all)) entries.push(entry);
  }
  const found = selected(path === '' ? entries : readLog(path, record.options.log.maxFiles));
  const records = query.tail === null ? [...found] : lastLines(found, query.tail);
  return { source, records, total };
}

/** The records of a log after the first `skip` ones. */
async function* readOn(engine: Engine, source: LogSource, query: LogQuery, skip: number) {
  let seen = 0;
  for await (const entry of following(engine, source, query)) {
    seen += 1;
    if (seen > skip && isSelected(query, entry)) yield entry;
  }
}

/** Places of lines that are kept beyond those that are asked for, so that few are moved. */
const lineBatch = 1000;

/** A log in files, of which somebody else goes on with the newest file. */
export class OpenedLog {
  readonly #held: HeldLog;
  readonly #query: LogQuery;
  /** Where what is asked for begins in the newest file, and how many lines of older ones go before that; null: all. */
  readonly #start: { offset: number; before: number | null };

  constructor({ path, record }: LogSource, query: LogQuery) {
    this.#held = new HeldLog(path, record.options.log.maxFiles);
    this.#query = query;
    this.#start = this.#findStart();
  }

  #findStart(): { offset: number; before: number | null } {
    const { since, tail } = this.#query;
    if (since === null && tail === null) return { offset: 0, before: null };
    const starts: number[] = [];
    let last = 0;
    let open = false;
    for (const { record, offset, end } of this.#held.newest()) {
      // All that comes after the first one that is asked for: there is no end in time.
      const isWanted = starts.length > 0 || isSelected(this.#query, record);
      if (isWanted && !open) starts.push(offset);
      open = !record.complete;
      last = end;
      if (tail !== null && starts.length > 2 * tail + lineBatch)
        starts.splice(0, starts.length - tail);
    }
    const first = tail === null ? 0 : Math.max(0, starts.length - tail);
    const offset = starts[first] ?? last;
    return { offset, before: tail === null ? null : Math.max(0, tail - starts.length) };
  }

  /** The records of older files that are asked for, oldest first. */
  *older(): Generator<LogRecord> {
    const query = this.#query;
    const { before } = this.#start;
    if (before === 0) return;
    const selected = function* (records: Iterable<LogRecord>): Generator<LogRecord> {
      for (const entry of records) if (isSelected(query, entry)) yield entry;
    };
    const found = selected(this.#held.older());
    yield* before === null ? found : lastLines(found, before);
  }

  /** The newest file, which is the caller's then, and how many of its bytes are not asked for; null: there is no file. */
  takeNewest(): { fd: number; offset: number } | null {
    const fd = this.#held.takeNewest();
    return fd === null ? null : { fd, offset: this.#start.offset };
  }

  close(): void {
    this.#held.close();
  }
}

/** Whether more may come to a container's log. */
export function logGoesOn(engine: Engine, record: ContainerRecord): boolean {
  return goesOn(engine, record, null);
}

/** The records of a log, oldest first. Throws BryoError `no-journal`. */
export async function* readContainerLog(
  engine: Engine,
  source: LogSource,
  query: LogQuery,
): AsyncGenerator<LogRecord> {
  const { path, record } = source;
  if (path === '') {
    for await (const entry of journal(engine, source, query)) {
      if (isSelected(query, entry)) yield entry;
    }
  } else if (query.tail !== null) {
    const { records, total } = await readHeld(engine, source, query);
    yield* records;
    if (query.follow) yield* readOn(engine, source, query, total);
  } else if (query.follow) {
    yield* readOn(engine, source, query, 0);
  } else {
    for (const entry of readLog(path, record.options.log.maxFiles)) {
      if (isSelected(query, entry)) yield entry;
    }
  }
}

/**
 * The records of several logs in the order in which they were written; what comes then is told by whichever
 * container writes it. `tail` counts the lines of each. Throws BryoError `no-journal`.
 */
export async function readLogsTogether<S extends LogSource>(
  engine: Engine,
  sources: readonly S[],
  query: LogQuery,
  tell: (source: S, record: LogRecord) => void,
): Promise<void> {
  const queues = await Promise.all(
    sources.map(async (source) => ({ ...(await readHeld(engine, source, query)), source, at: 0 })),
  );
  for (;;) {
    let next: (typeof queues)[number] | null = null;
    for (const queue of queues) {
      const record = queue.records[queue.at];
      const best = next?.records[next.at];
      if (record !== undefined && (best === undefined || record.time < best.time)) next = queue;
    }
    const record = next?.records[next.at];
    if (next === null || record === undefined) break;
    next.at += 1;
    tell(next.source, record);
  }
  if (!query.follow) return;
  await Promise.all(
    queues.map(async ({ source, total }) => {
      for await (const record of readOn(engine, source, query, total)) tell(source, record);
    }),
  );
}
