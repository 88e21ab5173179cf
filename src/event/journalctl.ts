import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, readSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import { findProgram } from '../native/programs.ts';

/** An entry of the journal: fields are text, or bytes where they are not (journalctl -o json). */
export type JournalEntry = Readonly<Record<string, unknown>>;

export interface JournalQuery {
  /** Fields that entries must have with these values. */
  matches: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970; null: from the beginning. */
  since: bigint | null;
  /** Only so many of the newest ones; null: all. */
  lines: number | null;
  /** Go on with what is added. */
  follow: boolean;
  /** Only what came after the entry with this cursor. */
  after?: string;
}

/** No entry of bryo's is longer; a longer line of somebody else's is passed over. */
const longestLine = 4 << 20;
const newline = 0x0a;

function queryArguments({ matches, since, lines, follow, after }: JournalQuery): string[] {
  return [
    ...['--quiet', '--no-pager', '--all', '--output', 'json'],
    ...(after === undefined ? [] : ['--after-cursor', after]),
    ...(since === null ? [] : ['--since', `@${since / 1_000_000_000n}`]),
    ...(follow ? ['--follow'] : []),
    '--lines',
    lines === null ? 'all' : String(lines),
    ...Object.entries(matches).map(([field, value]) => `${field}=${value}`),
  ];
}

function parseEntry(line: string): JournalEntry | null {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return null;
  }
}

/** The bytes of a field; null when the entry has none of that name. */
export function fieldBytes(entry: JournalEntry, name: string): Buffer | null {
  const value = entry[name];
  if (typeof value === 'string') return Buffer.from(value);
  // Several fields of one name: the last one counts.
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) {
    return Buffer.from(value);
  }
  return null;
}

/** A field's value as text. */
export function fieldText(entry: JournalEntry, name: string): string | null {
  return fieldBytes(entry, name)?.toString('utf8') ?? null;
}

/** Microseconds since 1970 at which the journal took an entry. */
export function entryTime(entry: JournalEntry): bigint {
  const text = fieldText(entry, '__REALTIME_TIMESTAMP') ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Ends the reading of a journal that is followed. */
export interface JournalReader extends AsyncIterable<JournalEntry> {
  close(): void;
}

/** journalctl ends with a status above zero where no journal may be read. */
function unreadable(said: string): BryoError {
  const why = said.trim().split('\n')[0] || 'journalctl failed';
  return new BryoError('no-journal', `the journal cannot be read: ${why}`, {
    hint: 'members of the group systemd-journal may read all of it',
  });
}

/** Most of what journalctl says against something, in characters. */
const longestComplaint = 4096;

/** Throws BryoError `no-journal` where there is no journalctl. */
function startJournalctl(query: JournalQuery, stdio: StdioOptions): ChildProcess {
  const program = findProgram('journalctl');
  if (program === null) {
    throw new BryoError('no-journal', 'the journal cannot be read: there is no journalctl');
  }
  return spawn(program, queryArguments(query), {
    stdio,
    // journalctl would tell the caller's service manager of its own end.
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0', NOTIFY_SOCKET: undefined },
  });
}

/**
 * A descriptor from which entries of the journal come, oldest first, as readWaitingEntries reads them. journalctl ends when
 * that is closed; what it complains of goes to standard error. Throws BryoError `no-journal`.
 */
export function openJournal(query: JournalQuery): number {
  const [output, input] = addon().pipe();
  try {
    startJournalctl(query, ['ignore', input, 'inherit'])
      .on('error', () => undefined)
      .unref();
    return output;
  } catch (error) {
    closeSync(output);
    throw error;
  } finally {
    closeSync(input);
  }
}

/** Milliseconds for the rest of a line: journalctl writes entries whole. */
const patience = 5000;
const chunkSize = 65_536;

/** The entries that a descriptor has now. Returns false after the last one: nothing more is to come. */
export function* readWaitingEntries(descriptor: number): Generator<JournalEntry, boolean> {
  let rest: Buffer = Buffer.alloc(0);
  while (addon().awaitReadable(descriptor, rest.length === 0 ? 0 : patience)) {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const size = readSync(descriptor, chunk);
    if (size === 0) return false;
    const bytes = Buffer.concat([rest, chunk.subarray(0, size)]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (rest.length > longestLine) return false;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      const entry = parseEntry(line);
      if (entry !== null) yield entry;
    }
  }
  return rest.length === 0;
}

/** Entries of the journal, oldest first. Throws BryoError `no-journal` when it cannot be read. */
export function readJournal(query: JournalQuery): JournalReader {
  const child = startJournalctl(query, ['ignore', 'pipe', 'pipe']);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, longestComplaint);
  });
  // Null when it was ended from here.
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  async function* entries(): AsyncGenerator<JournalEntry> {
    let rest = '';
    child.stdout?.setEncoding('utf8');
    try {
      for await (const chunk of child.stdout ?? []) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > longestLine) rest = '';
        for (const line of lines) {
          const entry = parseEntry(line);
          if (entry !== null) yield entry;
        }
      }
      if (((await ended) ?? 0) !== 0) throw unreadable(said);
    } finally {
      child.kill();
    }
  }
  return { [Symbol.asyncIterator]: entries, close: () => child.kill() };
}
