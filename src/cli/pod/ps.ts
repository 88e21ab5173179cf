import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { podFilter } from '../../engine/pods/filters.ts';
import { sweepPods } from '../../engine/pods/remove.ts';
import { type PodView, viewDamagedPods, viewPods } from '../../engine/pods/view.ts';
import { badValue } from '../../request/values.ts';
import { type PodRow, podObject, podRow } from '../../view/podman/pod-row.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption, quietOption } from '../options/shared.ts';

const namespaceColumns: readonly Column<PodRow>[] = [
  { title: 'CGROUP', cell: (row) => row.Cgroup },
  { title: 'NAMESPACES', cell: (row) => row.Namespaces },
];

function columns(invocation: Invocation): Column<PodRow>[] {
  const optional: [string, Column<PodRow>][] = [
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
      : [{ title: '# OF CONTAINERS', cell: (row: PodRow) => String(row.NumberOfContainers) }]),
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
async function chooseViews(invocation: Invocation): Promise<PodView[]> {
  const { store } = invocation.context.engine;
  const views = viewPods(store).reverse();
  if (invocation.flag('latest')) {
    if (invocation.texts('filter').length > 0) {
      throw new BryoError('usage', '--latest and --filter exclude each other');
    }
    return views.slice(0, 1);
  }
  views.push(...viewDamagedPods(store));
  const fitting = views.filter(await podFilter(invocation.texts('filter')));
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
    const views = await chooseViews(invocation);
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    const rows = views.map((view) => podRow(view, invocation.flag('no-trunc'), now));
    if (invocation.flag('quiet'))
      context.stdout.write(views.map(({ pod }) => `${pod.id}\n`).join(''));
    else if (format === 'json') {
      context.stdout.write(`${jsonText(views.map(podObject), 4)}\n`);
    } else {
      const headings = { ID: 'POD ID', InfraID: 'INFRA ID', NumberOfContainers: '# OF CONTAINERS' };
      const style = { dialect: context.dialect, headings, heading };
      context.stdout.write(await formatList(format, columns(invocation), rows, style));
    }
    return 0;
  },
});
