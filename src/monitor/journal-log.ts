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

/**
 * What a container with --log-driver journald has written, oldest first; with `follow` until it has
 * ended. Throws BryoError `no-journal` without journalctl.
 */
export async function* readJournalLog(query: JournalLogQuery): AsyncGenerator<LogRecord> {
  const { id, since, lines, follow, isRunning } = query;
  const live = follow && isRunning();
  const reader = readJournal({ matches: { CONTAINER_ID_FULL: id }, since, lines, follow: live });
  let wasRunning = true;
  const timer = live
    ? setInterval(() => {
        // What was written at the very end is on its way through the journal.
        if (!wasRunning) reader.close();
        wasRunning = isRunning();
      }, interval)
    : null;
  try {
    for await (const entry of reader) {
      const record = recordOf(entry);
      if (record !== null) yield record;
    }
  } finally {
    if (timer !== null) clearInterval(timer);
  }
}
