import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { type LogSource, logOf, readLogsTogether } from '../../engine/containers/logs.ts';
import { ownMembers, viewPod } from '../../engine/pods/view.ts';
import type { LogRecord } from '../../monitor/log-reader.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { readLogQuery } from '../container/log-query.ts';
import { chosenPods, latestPodOption } from './each.ts';

const newline = Buffer.from('\n');
const colors = [31, 32, 33, 34, 35, 36];

/** A container whose log is shown, with what its lines begin with. */
interface Source extends LogSource {
  prefix: Buffer;
}

/** Writes the records of several logs out, a line at a time as far as they come in whole lines. */
class PodLogPrinter {
  readonly #invocation: Invocation;
  /** The source whose line has not ended yet. */
  #open: Source | null = null;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  print(source: Source, record: LogRecord): void {
    const { context } = this.#invocation;
    const parts: Uint8Array[] = [];
    if (this.#open !== null && this.#open !== source) parts.push(newline);
    if (this.#open !== source) {
      parts.push(source.prefix);
      if (this.#invocation.flag('timestamps')) parts.push(Buffer.from(`${record.time} `));
    }
    parts.push(record.content);
    if (record.complete) parts.push(newline);
    this.#open = record.complete ? null : source;
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
  const { engine } = invocation.context;
  const [name = '', other] = chosenPods(invocation);
  if (other !== undefined) throw new BryoError('usage', 'pod logs takes one pod');
  const pod = findPod(engine.store, name);
  const wanted = invocation.text('container');
  // Of one container all lines are.
  const prefix = wanted === null ? prefixOf : () => Buffer.of();
  const members = ownMembers(viewPod(engine.store, pod)).filter(
    ({ record }) => wanted === null || record.name === wanted || record.id.startsWith(wanted),
  );
  if (wanted !== null && members.length === 0) {
    throw new BryoError('no-such-container', `pod ${pod.name} has no container ${wanted}`);
  }
  return members.flatMap(({ record }, index) => {
    const source = logOf(engine, record);
    return source === null ? [] : [{ ...source, prefix: prefix(invocation, record, index) }];
  });
}

async function run(invocation: Invocation): Promise<number> {
  const printer = new PodLogPrinter(invocation);
  const query = readLogQuery(invocation);
  await readLogsTogether(
    invocation.context.engine,
    chooseSources(invocation),
    query,
    (source, record) => printer.print(source, record),
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
