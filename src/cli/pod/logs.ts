import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { stateName } from '../../engine/containers/describe.ts';
import { logPath } from '../../engine/containers/start/monitor-input.ts';
import { ownMembers, viewPod } from '../../engine/pods/view.ts';
import { followLog, type LogRecord, readLog } from '../../monitor/log-reader.ts';
import { readContainerState } from '../../monitor/state.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { warnOfLostLines } from '../container/log-printer.ts';
import {
  isSelected,
  type LogSelection,
  lastLines,
  readSelection,
  readTail,
} from '../container/log-selection.ts';
import { chosenPods, latestPodOption } from './each.ts';

const newline = Buffer.from('\n');
const colors = [31, 32, 33, 34, 35, 36];

/** A container whose log is shown, with what its lines begin with. */
interface Source {
  record: ContainerRecord;
  path: string;
  prefix: Buffer;
}

/** Writes the records of several logs out, a line at a time as far as they come in whole lines. */
class PodLogPrinter {
  readonly #invocation: Invocation;
  readonly #selection: LogSelection;
  /** The source whose line has not ended yet. */
  #open: Source | null = null;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#selection = readSelection(invocation);
  }

  print(source: Source, record: LogRecord): void {
    if (!isSelected(this.#selection, record)) return;
    const parts: Uint8Array[] = [];
    if (this.#open !== null && this.#open !== source) parts.push(newline);
    if (this.#open !== source) {
      parts.push(source.prefix);
      if (this.#selection.timestamps) parts.push(Buffer.from(`${record.time} `));
    }
    parts.push(record.content);
    if (record.complete) parts.push(newline);
    this.#open = record.complete ? null : source;
    const { context } = this.#invocation;
    const stream = record.stream === 'stdout' ? context.stdout : context.stderr;
    stream.write(Buffer.concat(parts));
  }
}

function prefixOf(invocation: Invocation, record: ContainerRecord, index: number): Buffer {
  const name = invocation.flag('names') ? record.name : record.id.slice(0, 12);
  const color = colors[index % colors.length];
  return Buffer.from(invocation.flag('color') ? `\u001b[${color}m${name}\u001b[0m ` : `${name} `);
}

function chooseSources(invocation: Invocation): Source[] {
  const { store } = invocation.context.engine;
  const [name = '', other] = chosenPods(invocation);
  if (other !== undefined) throw new BryoError('usage', 'pod logs takes one pod');
  const pod = findPod(store, name);
  const wanted = invocation.text('container');
  // Of one container all lines are.
  const prefix = wanted === null ? prefixOf : () => Buffer.of();
  const members = ownMembers(viewPod(store, pod)).filter(
    ({ record }) => wanted === null || record.name === wanted || record.id.startsWith(wanted),
  );
  if (wanted !== null && members.length === 0) {
    throw new BryoError('no-such-container', `pod ${pod.name} has no container ${wanted}`);
  }
  return members
    .map(({ record }, index) => ({
      record,
      path: logPath(store, record),
      prefix: prefix(invocation, record, index),
    }))
    .filter(({ path }) => path !== '');
}

interface Entry {
  source: Source;
  record: LogRecord;
}

/** What the logs hold now, in the order in which it was written; `tail`: last lines of each. */
function* merged(sources: readonly Source[], tail: number | null): Generator<Entry> {
  const queues = sources.map((source) => {
    const all = readLog(source.path, source.record.options.log.maxFiles);
    return { source, records: tail === null ? [...all] : lastLines(all, tail), at: 0 };
  });
  for (;;) {
    let next: (typeof queues)[number] | null = null;
    for (const queue of queues) {
      const record = queue.records[queue.at];
      const best = next?.records[next.at];
      if (record !== undefined && (best === undefined || record.time < best.time)) next = queue;
    }
    const record = next?.records[next.at];
    if (next === null || record === undefined) return;
    next.at += 1;
    yield { source: next.source, record };
  }
}

async function follow(
  invocation: Invocation,
  source: Source,
  printer: PodLogPrinter,
  skip: number,
): Promise<void> {
  const { store } = invocation.context.engine;
  let seen = 0;
  const records = followLog({
    path: source.path,
    maxFiles: source.record.options.log.maxFiles,
    isRunning: () => {
      const name = stateName(readContainerState(store, source.record.id));
      return ['running', 'paused', 'restarting'].includes(name);
    },
    onLost: () => warnOfLostLines(invocation.context, source.record.name),
  });
  for await (const record of records) {
    seen += 1;
    if (seen > skip) printer.print(source, record);
  }
}

function countRecords({ path, record }: Source): number {
  let count = 0;
  for (const _ of readLog(path, record.options.log.maxFiles)) count += 1;
  return count;
}

async function run(invocation: Invocation): Promise<number> {
  const sources = chooseSources(invocation);
  const printer = new PodLogPrinter(invocation);
  const tail = readTail(invocation.text('tail'));
  const counts = new Map<Source, number>();
  if (invocation.flag('follow')) {
    for (const source of sources) counts.set(source, countRecords(source));
  }
  for (const { source, record } of merged(sources, tail)) printer.print(source, record);
  if (!invocation.flag('follow')) return 0;
  await Promise.all(
    sources.map((source) => follow(invocation, source, printer, counts.get(source) ?? 0)),
  );
  return 0;
}

export const command = defineCommand({
  name: 'pod-logs',
  noun: 'pod',
  summary: 'Show the output of the containers of a pod',
  synopsis: 'POD',
  arguments: { min: 0, max: 1, kind: 'pod' },
  options: [
    { name: 'color', help: "a colour for each container's name" },
    { name: 'container', short: 'c', value: 'CONTAINER', help: 'only that of one container' },
    { name: 'follow', short: 'f', help: 'go on with what is added, until all have ended' },
    latestPodOption,
    { name: 'names', short: 'n', help: 'names before the lines instead of ids' },
    {
      name: 'since',
      value: 'TIME',
      help: 'from this time on: a date, seconds since 1970, or a duration ago',
    },
    { name: 'tail', value: 'LINES', default: 'all', help: 'only the last lines of each container' },
    { name: 'timestamps', short: 't', help: 'begin each line with its time' },
    { name: 'until', value: 'TIME', help: 'up to this time' },
  ],
  description: [
    'Prints what the containers of a pod wrote, in the order in which they wrote it; each line begins with the id or the name of its container unless --container asks for one.',
  ],
  examples: [{ command: 'bryo pod logs -f --names --color web', says: 'all of it, as it comes' }],
  run,
});
