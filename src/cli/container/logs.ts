import {
  findLog,
  type LogQuery,
  type LogSource,
  readContainerLog,
} from '../../engine/containers/logs.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { LogPrinter } from './log-printer.ts';
import { readLogQuery } from './log-query.ts';

async function printLog(
  { context }: Invocation,
  source: LogSource,
  query: LogQuery,
  printer: LogPrinter,
): Promise<void> {
  for await (const entry of readContainerLog(context.engine, source, query)) printer.print(entry);
  printer.finish();
}

async function run(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const query = readLogQuery(invocation);
  const names = namedOrLatest(invocation);
  const logs = names.map((name, index) => {
    const source = findLog(context.engine, name);
    const { record } = source;
    const own = invocation.flag('names') ? record.name : record.id.slice(0, 12);
    const mark = {
      label: names.length > 1 ? own : '',
      color: invocation.flag('color') ? index : null,
      timestamps: invocation.flag('timestamps'),
    };
    return () => printLog(invocation, source, query, new LogPrinter(context, mark));
  });
  if (query.follow) await Promise.all(logs.map((print) => print()));
  else for (const print of logs) await print();
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
  // podman and docker give the letter n to a flag, each to another one.
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
