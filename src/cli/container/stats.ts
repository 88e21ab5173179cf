import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { type Sample, sampleAll, sampleNamed } from '../../engine/containers/stats.ts';
import { readNumber } from '../../request/values.ts';
import { type StatsRow, statsObject, statsRow } from '../../view/podman/stats-row.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { type Column, formatTable } from '../format/table.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { allOption, formatOption, noTruncOption } from '../options/shared.ts';

const columns: readonly Column<StatsRow>[] = [
  { title: 'ID', cell: (row) => row.ID },
  { title: 'NAME', cell: (row) => row.Name },
  { title: 'CPU %', cell: (row) => row.CPUPerc },
  { title: 'MEM USAGE / LIMIT', cell: (row) => row.MemUsage },
  { title: 'MEM %', cell: (row) => row.MemPerc },
  { title: 'NET IO', cell: (row) => row.NetIO },
  { title: 'BLOCK IO', cell: (row) => row.BlockIO },
  { title: 'PIDS', cell: (row) => row.PIDS },
  { title: 'CPU TIME', cell: (row) => row.CPUTime },
  { title: 'AVG CPU %', cell: (row) => row.AVGCPU },
];
/** Titles that are not the fields' names. */
const headings = {
  AVGCPU: 'AVG CPU %',
  BlockIO: 'BLOCK IO',
  CPUPerc: 'CPU %',
  CPUTime: 'CPU TIME',
  MemPerc: 'MEM %',
  MemUsage: 'MEM USAGE / LIMIT',
  NetIO: 'NET IO',
};
const barColumn: Column<StatsRow> = { title: 'CPU      MEM', cell: (row) => row.bars };

function show(
  invocation: Invocation,
  rows: readonly StatsRow[],
  { graphs, pods }: { graphs: boolean; pods: boolean },
): string {
  const { dialect } = invocation.context;
  const format = invocation.text('format');
  if (format !== null && isJsonFormat(format)) {
    return `${jsonText(rows.map(statsObject), 1)}\n`;
  }
  if (format !== null) return formatRows(format, rows, { dialect, headings });
  const shown = [...(pods ? [podColumn] : []), ...columns, ...(graphs ? [barColumn] : [])];
  return formatTable(shown, rows, { dialect, heading: true });
}

function takeSamples(invocation: Invocation): Sample[] {
  const { store } = invocation.context.engine;
  const all = invocation.flag('all');
  if (invocation.args.length === 0 && !invocation.flag('latest')) return sampleAll(store, all);
  if (all) throw new BryoError('usage', '--all, --latest and containers cannot be used together');
  return namedOrLatest(invocation).map((name) => sampleNamed(store, name));
}

const clear = Buffer.from('\u001b[H\u001b[J');

/** Flags of `stats` and `pod stats`. */
export const statsOptions: readonly OptionSpec[] = [
  formatOption,
  { name: 'interval', short: 'i', value: 'SECONDS', default: '5', help: 'time between two rounds' },
  { name: 'no-reset', help: 'do not clear the terminal for each round' },
  { name: 'no-stream', help: 'one round only' },
  noTruncOption,
];

const podColumn: Column<StatsRow> = { title: 'POD', cell: (row) => row.Pod };

/** Shows samples again and again, or once; `pods`: with the pods of the containers. */
export async function streamStats(
  invocation: Invocation,
  takeSamples: () => Sample[],
  pods: boolean,
): Promise<number> {
  const { context } = invocation;
  const interval = readNumber('--interval', invocation.text('interval') ?? '5', 1);
  const once = invocation.flag('no-stream');
  const terminal = context.stdout.terminal !== null && !once;
  const whole = invocation.flag('no-trunc');
  let before = new Map<string, Sample>();
  for (;;) {
    const samples = takeSamples();
    const rows = samples.map((now) => statsRow(now, before.get(now.record.id) ?? null, whole));
    if (terminal && !invocation.flag('no-reset')) context.stdout.write(clear);
    context.stdout.write(show(invocation, rows, { graphs: terminal, pods }));
    if (once) return 0;
    before = new Map(samples.map((sample) => [sample.record.id, sample]));
    await new Promise((resolve) => setTimeout(resolve, interval * 1000));
  }
}

export const command = defineCommand({
  name: 'stats',
  noun: 'container',
  summary: 'Show what running containers use',
  synopsis: '[CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    { ...allOption, help: 'also containers that do not run' },
    latestOption,
    ...statsOptions,
  ],
  description: [
    'Shows processor time, memory, network and disk use of running containers again and again, on a terminal with a bar for each share. CPU % is that of the time since the last round, in the first one since the start; 100% is one processor.',
    'The figures are those of the control groups. Where there are none they are summed up over the living processes: resident memory, and no disk use.',
  ],
  examples: [
    { command: 'bryo stats --no-stream', says: 'once' },
    { command: "bryo stats --format '{{.Name}} {{.CPUPerc}}' web", says: 'two figures' },
  ],
  async run(invocation) {
    return streamStats(invocation, () => takeSamples(invocation), false);
  },
});
