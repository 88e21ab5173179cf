import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { type DamagedContainer, listRecords } from '../../container/records.ts';
import { viewDamaged } from '../../engine/containers/damaged.ts';
import type { ContainerView } from '../../engine/containers/describe.ts';
import { containerSizes, listContainers, type Sizes } from '../../engine/containers/list.ts';
import { sweepStore } from '../../engine/containers/sweep.ts';
import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { readNumber } from '../../request/values.ts';
import { keepReadings } from '../../store/kept-readings.ts';
import { dockerPsRow } from '../../view/docker/container-row.ts';
import { type PsRow, psObject, psRow } from '../../view/podman/container-row.ts';
import { damagedObject, damagedRow } from '../../view/podman/damaged-row.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { latestOption } from '../options/latest.ts';
import {
  filterOption,
  formatOption,
  headingOption,
  noTruncOption,
  quietOption,
} from '../options/shared.ts';
import { psOrder, psOrders } from './ps-sort.ts';

const columns: readonly Column<PsRow>[] = [
  { title: 'CONTAINER ID', cell: (row) => row.ID },
  { title: 'IMAGE', cell: (row) => row.Image },
  { title: 'COMMAND', cell: (row) => row.Command },
  { title: 'CREATED', cell: (row) => row.CreatedHuman },
  { title: 'STATUS', cell: (row) => row.Status },
  { title: 'PORTS', cell: (row) => row.Ports },
  { title: 'NAMES', cell: (row) => row.Names },
];

const sizeColumn: Column<PsRow> = { title: 'SIZE', cell: (row) => row.Size };

const namespaceColumns: readonly Column<PsRow>[] = [
  { title: 'CONTAINER ID', cell: (row) => row.ID },
  { title: 'NAMES', cell: (row) => row.Names },
  ...['Pid', 'CGROUPNS', 'IPC', 'MNT', 'NET', 'PIDNS', 'USERNS', 'UTS'].map((field) => ({
    title: field.toUpperCase(),
    cell: (row: PsRow) => String(row[field]),
  })),
];

const podColumns: readonly Column<PsRow>[] = [
  { title: 'POD ID', cell: (row) => String(row['Pod']) },
  { title: 'PODNAME', cell: (row) => String(row['PodName']) },
];

/** Names of columns that differ from those of the fields. */
const headings = { ID: 'CONTAINER ID', CreatedHuman: 'CREATED', PodName: 'PODNAME', Pod: 'POD ID' };

function checkCombinations(invocation: Invocation): void {
  const refuse = (one: string, other: string): void => {
    if (invocation.given(one) && invocation.given(other)) {
      throw new BryoError('usage', `--${one} and --${other} cannot be used together`);
    }
  };
  refuse('quiet', 'format');
  refuse('quiet', 'ns');
  refuse('size', 'ns');
  refuse('last', 'latest');
}

function chooseViews(invocation: Invocation): Promise<ContainerView[]> {
  const text = invocation.flag('latest') ? '1' : invocation.text('last');
  const last = text === null ? -1 : readNumber('--last', text, -1);
  return listContainers(invocation.context.engine, {
    filters: invocation.texts('filter'),
    all: invocation.flag('all'),
    last: last < 0 ? null : last,
  });
}

function order(invocation: Invocation, views: readonly ContainerView[], sizes: Sizes) {
  const ordered = psOrder(invocation.text('sort') ?? 'created', views, sizes);
  return invocation.context.dialect === 'docker' && !invocation.given('sort')
    ? ordered.reverse()
    : ordered;
}

function shownColumns(invocation: Invocation): readonly Column<PsRow>[] {
  const size = invocation.flag('size') ? [sizeColumn] : [];
  const shown = invocation.flag('ns') ? namespaceColumns : [...columns, ...size];
  return invocation.flag('pod') ? [...shown, ...podColumns] : shown;
}

async function listing(
  invocation: Invocation,
  broken: readonly DamagedContainer[],
): Promise<string> {
  const { engine, dialect } = invocation.context;
  const now = new Date();
  const chosen = await chooseViews(invocation);
  const format = invocation.text('format');
  const measured = invocation.flag('size') || invocation.text('sort') === 'size';
  const sizes: Sizes = measured ? await containerSizes(engine, chosen) : new Map();
  const views = order(invocation, chosen, sizes);
  const filtered = ['filter', 'last', 'latest'].some((name) => invocation.given(name));
  const damaged = filtered ? [] : viewDamaged(engine.store, broken, invocation.flag('all'));
  const shown = invocation.flag('size');
  const sizeOf = ({ record }: ContainerView) => (shown ? (sizes.get(record.id) ?? null) : null);
  if (format !== null && isJsonFormat(format) && dialect === 'podman') {
    const objects = views.map((view) => psObject(engine, view, { now, size: sizeOf(view) }));
    const others = damaged.map((view) => damagedObject(view, now));
    return `${jsonText([...objects, ...others], 2)}\n`;
  }
  const whole = invocation.flag('no-trunc');
  const defaultNetwork = defaultNetworkName(engine);
  const rows = views.map((view) => {
    const row = psRow(engine, view, { whole, now, size: sizeOf(view) });
    return dialect === 'docker' ? dockerPsRow(view, row, { whole, defaultNetwork }) : row;
  });
  rows.push(...damaged.map((view) => damagedRow(view, { whole, now })));
  const heading = !invocation.flag('noheading');
  if (invocation.flag('quiet')) return rows.map(({ ID }) => `${ID}\n`).join('');
  return formatList(format, shownColumns(invocation), rows, { dialect, headings, heading });
}

const clear = Buffer.from('\u001b[H\u001b[2J');

/** Shows the listing again and again, on a terminal always in the same place. */
async function watch(invocation: Invocation, seconds: number): Promise<never> {
  const { context } = invocation;
  for (;;) {
    const text = await listing(invocation, listRecords(context.engine.store).damaged);
    if (context.stdout.isTerminal) context.stdout.write(clear);
    context.stdout.write(text);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
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
    {
      name: 'external',
      help: 'also containers of other tools in the same store, of which there are never any',
    },
    filterOption,
    formatOption,
    {
      name: 'last',
      short: 'n',
      value: 'NUMBER',
      default: '-1',
      help: 'the newest ones in any state; -1: no limit',
    },
    { ...latestOption, help: 'the newest one in any state' },
    { name: 'noheading', help: headingOption.help },
    noTruncOption,
    { name: 'ns', aliases: ['namespace'], help: 'show the namespaces of the processes' },
    { name: 'pod', short: 'p', help: 'show the pods of the containers' },
    quietOption,
    {
      name: 'size',
      short: 's',
      help: 'also what the files hold that the container wrote, and in brackets with its image',
    },
    {
      name: 'sort',
      value: 'KEY',
      default: 'created',
      choices: psOrders,
      help: `order of the list: ${psOrders.join(', ')}`,
    },
    { name: 'sync', help: 'look at the living processes first, as is always done' },
    { name: 'watch', short: 'w', value: 'SECONDS', help: 'show the list again and again' },
  ],
  description: [
    'Lists running containers, the oldest first. What is shown is checked against the living monitors, so it is right after a crash, too; where nobody saw how a container ended its exit code is unknown. One whose record is damaged is listed as Damaged: inspect tells which file it is, and rm --force removes the container.',
    "The fields of --format are podman's: ID, Image, ImageID, Command, CreatedAt, RunningFor, Status, State, Pod, PodName, Ports, Size, Names, Networks, Labels, Mounts, ExitCode, Exited, ExitedAt, StartedAt, Pid, Restarts, and for the namespaces CGROUPNS, IPC, MNT, NET, PIDNS, USERNS and UTS.",
    'Filters of one key are alternatives, but all labels must fit: id and name (regular expressions), label, label!, status, exited, ancestor, before, since, until, volume, network, restart-policy.',
  ],
  examples: [
    { command: 'bryo ps -a', says: 'all containers' },
    { command: `bryo ps --format '{{.Names}}\\t{{.Status}}'`, says: 'two columns' },
  ],
  async run(invocation) {
    const { context } = invocation;
    checkCombinations(invocation);
    // The sweep reads the records that the list shows.
    keepReadings();
    const damaged = await sweepStore(context.engine);
    const interval = invocation.text('watch');
    if (interval !== null) return watch(invocation, readNumber('--watch', interval, 1));
    context.stdout.write(await listing(invocation, damaged));
    return 0;
  },
});
