import { formatDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { formatSize } from '../../base/size.ts';
import { jsonText } from '../../base/text.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { viewContainers } from '../../engine/containers/describe.ts';
import {
  cpuPercent,
  restingSample,
  type Sample,
  sampleContainer,
} from '../../engine/containers/stats.ts';
import { readContainerState } from '../../monitor/state.ts';
import { readNumber } from '../../request/values.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';
import { formatRows, isJsonFormat } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { allOption, formatOption, noTruncOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  ID: string;
  Name: string;
  Pod: string;
  CPUPerc: string;
  MemUsage: string;
  MemPerc: string;
  NetIO: string;
  BlockIO: string;
  PIDS: string;
  CPUTime: string;
  AVGCPU: string;
  bars: string;
}

const size = (bytes: number): string => formatSize(bytes);
const percent = (value: number): string => `${value.toFixed(2)}%`;
const eighths = ' ▏▎▍▌▋▊▉█';
const barWidth = 8;

/** A bar of so many percent, in eighths of a character. */
function bar(share: number): string {
  const filled = Math.round(Math.min(Math.max(share, 0), 100) * 0.01 * barWidth * 8);
  const whole = '█'.repeat(Math.floor(filled / 8));
  const part = filled % 8 === 0 ? '' : eighths.charAt(filled % 8);
  return `${whole}${part}`.padEnd(barWidth, '·');
}

function podId({ options }: ContainerRecord, whole: boolean): string {
  const id = options.pod ?? '';
  return whole ? id : id.slice(0, 12);
}

function makeRow(now: Sample, before: Sample | null, whole: boolean): Row {
  const { average, current } = cpuPercent(now, before);
  const memory = now.memoryLimit === 0 ? 0 : (now.memory / now.memoryLimit) * 100;
  return {
    ID: whole ? now.record.id : now.record.id.slice(0, 12),
    ContainerID: now.record.id,
    Name: now.record.name,
    Pod: podId(now.record, whole),
    CID: whole ? now.record.id : now.record.id.slice(0, 12),
    CPUPerc: percent(current),
    CPU: current,
    MemUsage: `${size(now.memory)} / ${size(now.memoryLimit)}`,
    MemUsageBytes: `${now.memory} / ${now.memoryLimit}`,
    MemLimit: now.memoryLimit,
    MemPerc: percent(memory),
    NetIO: `${size(now.network.received)} / ${size(now.network.sent)}`,
    BlockIO: now.io === null ? '-- / --' : `${size(now.io.read)} / ${size(now.io.written)}`,
    PIDS: String(now.processes),
    PIDs: now.processes,
    CPUTime: formatDuration(Math.round(now.cpu / 1000)),
    AVGCPU: percent(average),
    AvgCPU: average,
    BlockInput: now.io?.read ?? 0,
    BlockOutput: now.io?.written ?? 0,
    CPUNano: now.cpu * 1000,
    Duration: now.cpu * 1000,
    NetInput: now.network.received,
    NetOutput: now.network.sent,
    SystemNano: now.at * 1e6,
    Up: formatDuration(Math.round(now.cpu / 1000)),
    UpTime: formatDuration(now.at - now.startedAt),
    Pressure: now.pressure ?? {},
    bars: `${bar(current)} ${bar(memory)}`,
  };
}

const columns: readonly Column<Row>[] = [
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
const barColumn: Column<Row> = { title: 'CPU      MEM', cell: (row) => row.bars };

/** podman's names in JSON. */
function jsonRow(row: Row) {
  return {
    id: row.ID,
    name: row.Name,
    cpu_time: row.CPUTime,
    cpu_percent: row.CPUPerc,
    avg_cpu: row.AVGCPU,
    mem_usage: row.MemUsage,
    mem_percent: row.MemPerc,
    net_io: row.NetIO,
    block_io: row.BlockIO,
    pids: row.PIDS,
    pressure: row['Pressure'],
  };
}

function takeSamples(invocation: Invocation): Sample[] {
  const { store } = invocation.context.engine;
  const all = invocation.flag('all');
  const latest = invocation.flag('latest');
  if (invocation.args.length === 0 && !latest) {
    return viewContainers(store).flatMap(({ record, state }) => {
      if (state.status === 'running') return [sampleContainer(record, state)];
      return all ? [restingSample(record)] : [];
    });
  }
  if (all) throw new BryoError('usage', '--all excludes names and --latest');
  return namedOrLatest(invocation).map((name) => {
    const record = findRecord(store, name);
    const state = readContainerState(store, record.id);
    if (state.status === 'running') return sampleContainer(record, state);
    throw new BryoError('not-running', `container ${name} is ${state.status}, not running`);
  });
}

function show(
  invocation: Invocation,
  rows: readonly Row[],
  { graphs, pods }: { graphs: boolean; pods: boolean },
): string {
  const { dialect } = invocation.context;
  const format = invocation.text('format');
  if (format !== null && isJsonFormat(format)) {
    return `${jsonText(rows.map(jsonRow), 1)}\n`;
  }
  if (format !== null) return formatRows(format, rows, { dialect, headings });
  const shown = [...(pods ? [podColumn] : []), ...columns, ...(graphs ? [barColumn] : [])];
  return formatTable(shown, rows, { dialect, heading: true });
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

const podColumn: Column<Row> = { title: 'POD', cell: (row) => row.Pod };

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
    const rows = samples.map((now) => makeRow(now, before.get(now.record.id) ?? null, whole));
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
