import { formatTimestamp } from '../base/duration.ts';
import {
  entryTime,
  fieldBytes,
  fieldText,
  type JournalEntry,
  readJournal,
} from '../event/journalctl.ts';
import type { LogRecord } from './log-reader.ts';

export interface JournalLogQuery {
  /** Of the container. */
  id: string;
  /** Nanoseconds since 1970. */
  since: bigint | null;
  /** Only so many of the newest entries; null: all. */
  lines: number | null;
  follow: boolean;
  /** Whether more may come. */
  isRunning(): boolean;
}

function recordOf(entry: JournalEntry): LogRecord | null {
  const content = fieldBytes(entry, 'MESSAGE');
  if (content === null) return null;
  return {
    time: formatTimestamp(entryTime(entry) * 1000n),
    stream: fieldText(entry, 'PRIORITY') === '3' ? 'stderr' : 'stdout',
    complete: fieldText(entry, 'CONTAINER_PARTIAL_MESSAGE') === null,
    content,
  };
}

/** How often it is asked whether a container that is followed still runs, and how long after that. */
const interval = 300;

/** Entries while the container runs, and a little longer: until they are complete, or nearly. */
async function* followJournal({
  id,
  since,
  lines,
  isRunning,
}: JournalLogQuery): AsyncGenerator<JournalEntry> {
  const reader = readJournal({ matches: { CONTAINER_ID_FULL: id }, since, lines, follow: true });
  let wasRunning = true;
  const timer = setInterval(() => {
    // Words that were written at the very end are on their way through the journal.
    if (!wasRunning) reader.close();
    wasRunning = isRunning();
  }, interval);
  try {
    yield* reader;
  } finally {
    clearInterval(timer);
  }
}

async function* readEntries(query: JournalLogQuery): AsyncGenerator<JournalEntry> {
  const matches = { CONTAINER_ID_FULL: query.id };
  const { since, lines } = query;
  let after: string | null = null;
  if (query.follow && query.isRunning()) {
    for await (const entry of followJournal(query)) {
      after = fieldText(entry, '__CURSOR');
      yield entry;
    }
  }
  // All of it, or what the follower had not come to when the container ended.
  yield* after === null
    ? readJournal({ matches, since, lines, follow: false })
    : readJournal({ matches, since: null, lines: null, follow: false, after });
}

/**
 * The output of a container with --log-driver journald, oldest first; with `follow` until it has
 * ended. Throws BryoError `no-journal` when the journal cannot be read.
 */
export async function* readJournalLog(query: JournalLogQuery): AsyncGenerator<LogRecord> {
  for await (const entry of readEntries(query)) {
    const record = recordOf(entry);
    if (record !== null) yield record;
  }
}
