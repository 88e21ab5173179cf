import { parseTimeArgument, parseTimestamp } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { logPath } from '../../engine/start/monitor-input.ts';
import { followLog, type LogRecord, readLog } from '../../monitor/log-reader.ts';
import { readContainerState } from '../../monitor/state.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { readNumber } from '../options/read-values.ts';

const newline = Buffer.from('\n');

interface LogSelection {
  /** Nanoseconds since 1970. */
  since: bigint | null;
  until: bigint | null;
  timestamps: boolean;
}

/** Writes records out exactly as they were written, each to the stream it came from. */
class LogPrinter {
  readonly #invocation: Invocation;
  readonly #selection: LogSelection;
  /** Whether the next record of a stream begins a line. */
  readonly #atStart = { stdout: true, stderr: true };

  constructor(invocation: Invocation, selection: LogSelection) {
    this.#invocation = invocation;
    this.#selection = selection;
  }

  fits({ time }: LogRecord): boolean {
    const { since, until } = this.#selection;
    if (since === null && until === null) return true;
    const at = parseTimestamp(time) ?? 0n;
    return (since === null || at >= since) && (until === null || at <= until);
  }

  /** Resolves when the stream has room for more. */
  async print(record: LogRecord): Promise<void> {
    if (!this.fits(record)) return;
    const { context } = this.#invocation;
    const stream = record.stream === 'stdout' ? context.stdout : context.stderr;
    const parts: Uint8Array[] = [record.content];
    if (this.#selection.timestamps && this.#atStart[record.stream]) {
      parts.unshift(Buffer.from(`${record.time} `));
    }
    if (record.complete) parts.push(newline);
    this.#atStart[record.stream] = record.complete;
    if (stream.write(Buffer.concat(parts))) return;
    await new Promise<void>((resolve) => stream.once('drain', resolve));
  }
}

/** The records that make up the last `count` lines. */
function lastLines(records: Iterable<LogRecord>, count: number): LogRecord[] {
  const kept: LogRecord[] = [];
  let lines = 0;
  let open = false;
  for (const record of records) {
    kept.push(record);
    if (!open) lines += 1;
    open = !record.complete;
    while (lines > count) {
      const dropped = kept.shift();
      if (dropped === undefined) break;
      if (dropped.complete) lines -= 1;
    }
  }
  return count === 0 ? [] : kept;
}

function readTail(text: string | null): number | null {
  return text === null || text === 'all' || text === '-1' ? null : readNumber('--tail', text, 0);
}

async function follow(
  invocation: Invocation,
  record: ContainerRecord,
  printer: LogPrinter,
  skip: number,
): Promise<void> {
  const { store } = invocation.context.engine;
  let seen = 0;
  const records = followLog({
    path: logPath(store, record),
    maxFiles: record.options.log.maxFiles,
    isRunning: () => readContainerState(store, record.id).status === 'running',
  });
  for await (const entry of records) {
    seen += 1;
    if (seen > skip) await printer.print(entry);
  }
}

async function run(invocation: Invocation): Promise<number> {
  const { engine } = invocation.context;
  const [name = ''] = invocation.args;
  const record = findRecord(engine.store, name);
  const path = logPath(engine.store, record);
  if (path === '') {
    throw new BryoError(
      'no-log',
      `container ${name} keeps no log (--log-driver ${record.options.log.driver})`,
    );
  }
  const now = new Date();
  const time = (flag: string): bigint | null => {
    const text = invocation.text(flag);
    return text === null ? null : parseTimeArgument(text, now);
  };
  const selection = {
    since: time('since'),
    until: time('until'),
    timestamps: invocation.flag('timestamps'),
  };
  const printer = new LogPrinter(invocation, selection);
  const tail = readTail(invocation.text('tail'));
  const { maxFiles } = record.options.log;
  let skip = 0;
  if (tail !== null) {
    let total = 0;
    const counted = function* (): Generator<LogRecord> {
      for (const entry of readLog(path, maxFiles)) {
        total += 1;
        if (printer.fits(entry)) yield entry;
      }
    };
    for (const entry of lastLines(counted(), tail)) await printer.print(entry);
    skip = total;
    if (!invocation.flag('follow')) return 0;
  }
  if (invocation.flag('follow')) await follow(invocation, record, printer, skip);
  else for (const entry of readLog(path, maxFiles)) await printer.print(entry);
  return 0;
}

export const command = defineCommand({
  name: 'logs',
  noun: 'container',
  summary: "Show a container's output",
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [
    { name: 'follow', short: 'f', help: 'go on with what is added, until the container ends' },
    {
      name: 'since',
      value: 'TIME',
      help: 'from this time on: a date, seconds since 1970, or a duration ago',
    },
    { name: 'until', value: 'TIME', help: 'up to this time' },
    { name: 'tail', value: 'LINES', default: 'all', help: 'only the last lines' },
    { name: 'timestamps', short: 't', help: 'begin each line with its time' },
  ],
  description: [
    'Prints what the container wrote, byte for byte: its standard output on standard output, its standard error on standard error.',
  ],
  examples: [
    { command: 'bryo logs -f --tail 20 web', says: 'the last lines and what follows' },
    { command: 'bryo logs --since 10m web', says: 'the last ten minutes' },
  ],
  run,
});
