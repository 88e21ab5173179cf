import { formatSize } from '../../base/size.ts';
import { applyFilters } from '../../engine/containers/filters.ts';
import { imageFilter } from '../../engine/images/filters.ts';
import { networkPruneFilter } from '../../engine/networks/filters.ts';
import { pruneSystem } from '../../engine/system/prune.ts';
import { volumeFilter } from '../../engine/volumes/filters.ts';
import { resolveImage } from '../../image/resolve.ts';
import { readFilterWords } from '../../request/filters.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { confirm, removalWarning } from '../confirm.ts';
import { printLine } from '../context.ts';

const known = ['label', 'label!', 'until'];

function readFilters(invocation: Invocation): readonly string[] {
  const filters = invocation.texts('filter');
  readFilterWords(filters, known);
  return filters;
}

function warning(all: boolean, volumes: boolean): string {
  const kinds = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated with them' : 'all dangling images',
  ];
  return `${removalWarning('This command removes', kinds)}\n`;
}

export const command = defineCommand({
  name: 'system-prune',
  noun: 'system',
  summary: 'Remove what nobody uses',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'also images with a name that no container uses' },
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: label, label! or until',
    },
    { name: 'force', short: 'f', help: 'do not ask' },
    { name: 'build', help: 'also containers of builds; they never outlive them' },
    { name: 'volumes', help: 'also volumes that no container uses' },
  ],
  refused: { external: 'the store has nothing of other programs' },
  description: [
    'Removes pods and containers that do not run, then images without a name and networks that no container uses, and results of builds that no image has (with --all all of them, and the caches of RUN); prints their ids and how much of the disk is free again. With --filter pods stay: they have nothing to go by. Asks first, unless --force is given.',
  ],
  examples: [
    {
      command: 'bryo system prune -af --volumes',
      says: 'everything that no running container uses',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const all = invocation.flag('all');
    const volumes = invocation.flag('volumes');
    const { store } = context.engine;
    const filters = readFilters(invocation);
    if (!invocation.flag('force') && !(await confirm(context, warning(all, volumes)))) return 0;
    const pruned = await pruneSystem(context.engine, {
      all,
      volumes,
      pods: filters.length === 0,
      containerFits: (views) => applyFilters(context.engine, views, filters),
      imageFits: imageFilter(filters, (name) => resolveImage(store, name)),
      volumeFits: await volumeFilter(filters),
      networkFits: await networkPruneFilter(filters),
    });
    const lists = [
      ['Deleted Pods', pruned.pods],
      ['Deleted Containers', pruned.containers],
      ['Deleted Volumes', pruned.volumes],
      ['Deleted Images', pruned.images],
      ['Deleted Networks', pruned.networks],
    ] as const;
    for (const [title, names] of lists) {
      if (names.length > 0) printLine(context, [title, ...names].join('\n'));
    }
    printLine(context, `Total reclaimed space: ${formatSize(Math.max(pruned.reclaimed, 0))}`);
    return 0;
  },
});
