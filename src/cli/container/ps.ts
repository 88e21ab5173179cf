import { formatAge } from '../../base/duration.ts';
import { printable } from '../../base/text.ts';
import {
  type ContainerView,
  exitCodeOf,
  stateName,
  statusText,
  viewContainers,
} from '../../engine/describe.ts';
import { readPorts } from '../../engine/ports.ts';
import { sweepStore } from '../../engine/remove.ts';
import { formatPort } from '../../network/ports.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { readNumber } from '../options/read-values.ts';
import {
  filterOption,
  formatOption,
  headingOption,
  noTruncOption,
  quietOption,
} from '../options/shared.ts';
import { applyFilters } from './filters.ts';

const shownCommand = 20;

interface Row extends Record<string, unknown> {
  ID: string;
  Image: string;
  Command: string;
  CreatedAt: string;
  Status: string;
  Ports: string;
  Names: string;
}

function makeRow(invocation: Invocation, { record, state }: ContainerView, now: Date): Row {
  const { engine } = invocation.context;
  const whole = invocation.flag('no-trunc');
  const created = new Date(record.createdAt);
  const command = printable(record.args.join(' '));
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const ports = state.status === 'running' ? readPorts(engine.store, record.id) : [];
  return {
    ID: whole ? record.id : record.id.slice(0, 12),
    Id: record.id,
    Image: printable(image?.imageName ?? ''),
    ImageID: image?.imageId ?? '',
    Command:
      whole || command.length <= shownCommand ? command : `${command.slice(0, shownCommand - 1)}…`,
    CreatedAt: formatAge(created, now),
    Created: Math.floor(created.getTime() / 1000),
    CreatedHuman: formatAge(created, now),
    RunningFor: formatAge(created, now),
    Status: statusText(state, now),
    State: stateName(state),
    ExitCode: exitCodeOf(state),
    Exited: state.status === 'exited' || state.status === 'unknown',
    Pid: state.status === 'running' ? state.pid : 0,
    Ports: ports.map(formatPort).join(', '),
    Names: record.name,
    Labels: record.labels,
    Mounts: [...record.options.mounts, ...record.volumes].map(({ target }) => target),
    Networks: [record.options.network.mode],
  };
}

const columns: readonly Column<Row>[] = [
  { title: 'CONTAINER ID', cell: (row) => row.ID },
  { title: 'IMAGE', cell: (row) => row.Image },
  { title: 'COMMAND', cell: (row) => row.Command },
  { title: 'CREATED', cell: (row) => row.CreatedAt },
  { title: 'STATUS', cell: (row) => row.Status },
  { title: 'PORTS', cell: (row) => row.Ports },
  { title: 'NAMES', cell: (row) => row.Names },
];

/** Names of columns that differ from those of the fields. */
const headings = { ID: 'CONTAINER ID', CreatedAt: 'CREATED', RunningFor: 'CREATED' };

function chooseViews(invocation: Invocation): ContainerView[] {
  const filters = invocation.texts('filter');
  const last = invocation.flag('latest') ? '1' : invocation.text('last');
  const all =
    invocation.flag('all') || last !== null || filters.some((f) => /^(status|exited)=/.test(f));
  const views = viewContainers(invocation.context.engine.store).reverse();
  const fitting = applyFilters(views, filters).filter(
    ({ state }) => all || state.status === 'running',
  );
  return last === null ? fitting : fitting.slice(0, readNumber('--last', last, 1));
}

export const command = defineCommand({
  name: 'ps',
  noun: 'container',
  aliases: ['bryo container ls', 'bryo container list'],
  summary: 'List containers',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'also those that do not run' },
    filterOption,
    formatOption,
    { name: 'last', short: 'n', value: 'NUMBER', help: 'the newest ones in any state' },
    { name: 'latest', short: 'l', help: 'the newest one in any state' },
    { ...headingOption, short: undefined },
    noTruncOption,
    quietOption,
  ].map(({ short, ...option }) => (short === undefined ? option : { ...option, short })),
  description: [
    'Lists running containers, newest first. What is shown is checked against the living monitors, so it is right after a crash, too; where nobody saw how a container ended its exit code is unknown.',
  ],
  examples: [
    { command: 'bryo ps -a', says: 'all containers' },
    { command: `bryo ps --format '{{.Names}}\\t{{.Status}}'`, says: 'two columns' },
  ],
  async run(invocation) {
    const { context } = invocation;
    await sweepStore(context.engine);
    const now = new Date();
    const rows = chooseViews(invocation).map((view) => makeRow(invocation, view, now));
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) context.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
    else if (format !== null) context.stdout.write(formatRows(format, rows, headings, heading));
    else context.stdout.write(formatTable(columns, rows, heading));
    return 0;
  },
});
