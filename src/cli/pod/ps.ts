import { formatAge } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { stateName } from '../../engine/containers/describe.ts';
import { networkMode } from '../../engine/containers/inspect/network.ts';
import { podFilter } from '../../engine/pods/filters.ts';
import { sweepPods } from '../../engine/pods/remove.ts';
import { type PodView, viewDamagedPods, viewPods } from '../../engine/pods/view.ts';
import { isHolder } from '../../pod/records.ts';
import { badValue } from '../../request/values.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption, quietOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  ID: string;
  Name: string;
  Status: string;
  Created: string;
  InfraID: string;
  NumberOfContainers: number;
  ContainerIds: string;
  ContainerNames: string;
  ContainerStatuses: string;
  Cgroup: string;
  Namespaces: string;
}

function networkOf({ members }: PodView): string {
  const holder = members.find(({ record }) => isHolder(record));
  return holder === undefined ? '' : networkMode(holder.record.options);
}

function containersOf({ members }: PodView) {
  return members.map(({ record, state }) => ({
    Id: record.id,
    Names: record.name,
    Status: stateName(state),
  }));
}

function makeRow(view: PodView, whole: boolean, now: Date): Row {
  const { pod, members, status } = view;
  const short = (id: string): string => (whole ? id : id.slice(0, 12));
  const states = members.map(({ state }) => stateName(state));
  const row = {
    ID: short(pod.id),
    Id: short(pod.id),
    Name: pod.name,
    Namespace: '',
    Status: status,
    Created: formatAge(new Date(pod.createdAt), now),
    InfraID: short(pod.infraId ?? ''),
    InfraId: short(pod.infraId ?? ''),
    NumberOfContainers: members.length,
    ContainerIds: members.map(({ record }) => short(record.id)).join(','),
    ContainerNames: members.map(({ record }) => record.name).join(','),
    ContainerStatuses: states.join(','),
    ContainerInfo: members.map(({ record }, at) => `${short(record.id)} ${states[at]}`).join(','),
    Containers: containersOf(view),
    Labels: pod.labels,
    Networks: networkOf(view),
    Cgroup: pod.cgroupParent ?? '',
    Namespaces: pod.shared.join(','),
    Restart: pod.restart.policy,
  };
  // A method of podman's templates; JSON does not show it.
  const label = (key: unknown): string => pod.labels[String(key)] ?? '';
  return Object.defineProperty(row, 'Label', { value: label });
}

/** The object of `--format json`, with podman's names. */
function jsonObject(view: PodView): Record<string, unknown> {
  const { pod, status } = view;
  return {
    Cgroup: pod.cgroupParent ?? '',
    Containers: containersOf(view),
    Created: pod.createdAt,
    Id: pod.id,
    InfraId: pod.infraId ?? '',
    Name: pod.name,
    Namespace: '',
    Networks: [networkOf(view)].filter((name) => name !== ''),
    Status: status,
    Labels: pod.labels,
  };
}

const namespaceColumns: readonly Column<Row>[] = [
  { title: 'CGROUP', cell: (row) => row.Cgroup },
  { title: 'NAMESPACES', cell: (row) => row.Namespaces },
];

function columns(invocation: Invocation): Column<Row>[] {
  const optional: [string, Column<Row>][] = [
    ['ctr-ids', { title: 'IDS', cell: (row) => row.ContainerIds }],
    ['ctr-names', { title: 'NAMES', cell: (row) => row.ContainerNames }],
    ['ctr-status', { title: 'STATUS', cell: (row) => row.ContainerStatuses }],
  ];
  const asked = optional.filter(([flag]) => invocation.flag(flag)).map(([, column]) => column);
  return [
    { title: 'POD ID', cell: (row) => row.ID },
    { title: 'NAME', cell: (row) => row.Name },
    { title: 'STATUS', cell: (row) => row.Status },
    { title: 'CREATED', cell: (row) => row.Created },
    { title: 'INFRA ID', cell: (row) => row.InfraID },
    ...(invocation.flag('ns') ? namespaceColumns : []),
    ...(asked.length > 0
      ? asked
      : [{ title: '# OF CONTAINERS', cell: (row: Row) => String(row.NumberOfContainers) }]),
  ];
}

const sorts: Readonly<Record<string, (view: PodView) => string | number>> = {
  created: ({ pod }) => pod.createdAt,
  id: ({ pod }) => pod.id,
  name: ({ pod }) => pod.name,
  number: ({ members }) => members.length,
  status: ({ status }) => status,
};

/** Newest first unless another order is asked for. */
function chooseViews(invocation: Invocation): PodView[] {
  const { store } = invocation.context.engine;
  const views = viewPods(store).reverse();
  if (invocation.flag('latest')) {
    if (invocation.texts('filter').length > 0) {
      throw new BryoError('usage', '--latest and --filter exclude each other');
    }
    return views.slice(0, 1);
  }
  views.push(...viewDamagedPods(store));
  const fitting = views.filter(podFilter(invocation.texts('filter')));
  const order = invocation.text('sort');
  if (order === null || order === 'created') return fitting;
  const key = sorts[order];
  if (key === undefined) {
    throw badValue('--sort', order, `${Object.keys(sorts).join(', ')} are known`);
  }
  return fitting.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export const command = defineCommand({
  name: 'pod-ps',
  noun: 'pod',
  aliases: ['bryo pod ls', 'bryo pod list'],
  summary: 'List pods',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'ctr-ids', help: 'the ids of the containers' },
    { name: 'ctr-names', help: 'the names of the containers' },
    { name: 'ctr-status', help: 'the states of the containers' },
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: id, name, label, status, ctr-ids, ctr-names, ctr-number, ctr-status, network or until',
    },
    formatOption,
    { name: 'latest', short: 'l', help: 'the pod that was created last' },
    { ...headingOption, short: 'n' },
    noTruncOption,
    { name: 'ns', help: 'the control group and the namespaces that are shared' },
    quietOption,
    {
      name: 'sort',
      value: 'KEY',
      default: 'created',
      choices: Object.keys(sorts),
      help: 'order: created, id, name, number or status',
    },
  ],
  description: [
    'Lists pods, newest first. A pod is Running when all of its containers run, what holds its namespaces included, Degraded when only some do, Exited when all have ended, Stopped when some have and none runs, Damaged when its record is.',
  ],
  examples: [{ command: 'bryo pod ps --ctr-names', says: 'what is in them' }],
  async run(invocation) {
    const { context } = invocation;
    const now = new Date();
    sweepPods(context.engine.store);
    const views = chooseViews(invocation);
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    const rows = views.map((view) => makeRow(view, invocation.flag('no-trunc'), now));
    if (invocation.flag('quiet'))
      context.stdout.write(views.map(({ pod }) => `${pod.id}\n`).join(''));
    else if (format === 'json') {
      context.stdout.write(`${jsonText(views.map(jsonObject), 4)}\n`);
    } else if (format === null) {
      context.stdout.write(
        formatTable(columns(invocation), rows, { dialect: context.dialect, heading }),
      );
    } else {
      const headings = { ID: 'POD ID', InfraID: 'INFRA ID', NumberOfContainers: '# OF CONTAINERS' };
      context.stdout.write(
        formatRows(format, rows, { dialect: context.dialect, headings, heading }),
      );
    }
    return 0;
  },
});
