import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { logPath } from '../../engine/containers/start/monitor-input.ts';
import { readJournalLog } from '../../monitor/journal-log.ts';
import { followLog, type LogRecord, readLog } from '../../monitor/log-reader.ts';
import { readContainerState } from '../../monitor/state.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { LogPrinter, warnOfLostLines } from './log-printer.ts';
import { type LogSelection, lastLines, readSelection, readTail } from './log-selection.ts';

/** A container whose log is read. */
interface Source {
  record: ContainerRecord;
  path: string;
  printer: LogPrinter;
}

interface Reading extends LogSelection {
  follow: boolean;
  /** Number of lines at the end; null: all. */
  tail: number | null;
}

/** Prints the last lines; the number of records there were. */
async function printTail({ path, record, printer }: Source, tail: number): Promise<number> {
  let total = 0;
  const counted = function* (): Generator<LogRecord> {
    for (const entry of readLog(path, record.options.log.maxFiles)) {
      total += 1;
      if (printer.fits(entry)) yield entry;
    }
  };
  for (const entry of lastLines(counted(), tail)) printer.print(entry);
  return total;
}

/** Whether more may come that --until lets through. */
function goesOn(invocation: Invocation, { record }: Source, until: bigint | null): boolean {
  if (until !== null && BigInt(Date.now()) * 1_000_000n > until) return false;
  const state = readContainerState(invocation.context.engine.store, record.id);
  return state.status === 'running' || (state.status === 'exited' && state.restarting !== null);
}

async function printJournal(
  invocation: Invocation,
  source: Source,
  { since, until, tail, follow }: Reading,
): Promise<void> {
  const isRunning = (): boolean => goesOn(invocation, source, until);
  const query = { id: source.record.id, since, lines: tail, follow, isRunning };
  for await (const entry of readJournalLog(query)) source.printer.print(entry);
}

async function printFile(invocation: Invocation, source: Source, reading: Reading): Promise<void> {
  const { path, record, printer } = source;
  const { maxFiles } = record.options.log;
  const { tail, follow, until } = reading;
  const skip = tail === null ? 0 : await printTail(source, tail);
  if (follow) {
    let seen = 0;
    const isRunning = (): boolean => goesOn(invocation, source, until);
    const onLost = (): void => warnOfLostLines(invocation.context, record.name);
    for await (const entry of followLog({ path, maxFiles, isRunning, onLost })) {
      seen += 1;
      if (seen > skip) printer.print(entry);
    }
  } else if (tail === null) {
    for (const entry of readLog(path, maxFiles)) printer.print(entry);
  }
}

async function printLog(invocation: Invocation, source: Source, reading: Reading): Promise<void> {
  if (source.path === '') await printJournal(invocation, source, reading);
  else await printFile(invocation, source, reading);
  source.printer.finish();
}

function findSources(invocation: Invocation, selection: LogSelection): Source[] {
  const { context } = invocation;
  const names = namedOrLatest(invocation);
  return names.map((name, index) => {
    const record = findRecord(context.engine.store, name);
    const path = logPath(context.engine.store, record);
    if (path === '' && record.options.log.driver !== 'journald') {
      throw new BryoError(
        'no-log',
        `container ${name} keeps no log (--log-driver ${record.options.log.driver})`,
      );
    }
    const own = invocation.flag('names') ? record.name : record.id.slice(0, 12);
    const mark = {
      label: names.length > 1 ? own : '',
      color: invocation.flag('color') ? index : null,
    };
    return { record, path, printer: new LogPrinter(context, selection, mark) };
  });
}

async function run(invocation: Invocation): Promise<number> {
  const reading: Reading = {
    ...readSelection(invocation),
    follow: invocation.flag('follow'),
    tail: readTail(invocation.text('tail')),
  };
  const sources = findSources(invocation, reading);
  if (reading.follow) {
    await Promise.all(sources.map((source) => printLog(invocation, source, reading)));
  } else {
    for (const source of sources) await printLog(invocation, source, reading);
  }
  return 0;
}

const namesOption = { name: 'names', help: 'of several containers: names instead of ids' };

const tailOption = {
  name: 'tail',
  value: 'LINES',
  default: '-1',
  help: 'only the last lines; -1: all',
};

/** docker's only: log drivers here have no further attributes, so there are none to show. */
const detailsOption = { name: 'details', help: 'show further attributes, of which there are none' };

export const command = defineCommand({
  name: 'logs',
  noun: 'container',
  summary: "Show containers' output",
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    { name: 'color', help: 'give each container a colour' },
    { name: 'follow', short: 'f', help: 'go on with what is added, until the containers end' },
    latestOption,
    { ...namesOption, short: 'n' },
    {
      name: 'since',
      value: 'TIME',
      help: 'from this time on: a date, seconds since 1970, or a duration ago',
    },
    tailOption,
    { name: 'timestamps', short: 't', help: 'begin each line with its time' },
    {
      name: 'until',
      value: 'TIME',
      help: 'up to this time: a date, seconds since 1970, or a duration from now',
    },
  ],
  // Both give the letter n to a flag, each to another one.
  dockerOptions: [namesOption, { ...tailOption, short: 'n' }, detailsOption],
  description: [
    'Prints what the container wrote, byte for byte: its standard output on standard output, its standard error on standard error. Lines of several containers begin with the id or name.',
  ],
  examples: [
    { command: 'bryo logs -f --tail 20 web', says: 'the last lines and what follows' },
    { command: 'bryo logs --since 10m web', says: 'the last ten minutes' },
    { command: 'bryo logs -fn web db', says: 'two containers at once' },
  ],
  run,
});
