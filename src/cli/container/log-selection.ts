import { parseEndArgument, parseTimeArgument, parseTimestamp } from '../../base/duration.ts';
import type { LogRecord } from '../../monitor/log-reader.ts';
import { readNumber } from '../../request/values.ts';
import type { Invocation } from '../command.ts';

/** What of a log is shown, and how. */
export interface LogSelection {
  /** Nanoseconds since 1970. */
  since: bigint | null;
  until: bigint | null;
  timestamps: boolean;
}

/** What --since, --until and --timestamps say. */
export function readSelection(invocation: Invocation): LogSelection {
  const now = new Date();
  // What a script has not set is not asked for.
  const [since, until] = [invocation.text('since') || null, invocation.text('until') || null];
  // A duration is one from now on with podman, and one ago with docker.
  const parseUntil = invocation.context.dialect === 'docker' ? parseTimeArgument : parseEndArgument;
  return {
    since: since === null ? null : parseTimeArgument(since, now),
    until: until === null ? null : parseUntil(until, now),
    timestamps: invocation.flag('timestamps'),
  };
}

/** The number of lines that --tail asks for; null: all, as a negative number says, too. */
export function readTail(text: string | null): number | null {
  const all = text === null || text === 'all' || /^-\d+$/.test(text);
  return all ? null : readNumber('--tail', text, 0);
}

/** Whether a record is of the time that is asked for. */
export function isSelected({ since, until }: LogSelection, { time }: LogRecord): boolean {
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
