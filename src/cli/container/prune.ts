import { applyFilters } from '../../engine/containers/filters.ts';
import { idleContainers, pruneContainer } from '../../engine/containers/prune.ts';
import { sweepStore } from '../../engine/containers/sweep.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { forEachName } from './each.ts';

export const command = defineCommand({
  name: 'container-prune',
  noun: 'container',
  summary: 'Remove all containers that do not run',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: label, until, or what ps --filter knows',
    },
    { name: 'force', short: 'f', help: 'do not ask' },
  ],
  description: [
    'Removes containers that were created or have ended, with their writable layers, and prints their ids. Asks first, unless --force is given.',
  ],
  examples: [
    { command: 'bryo container prune -f --filter until=24h', says: 'of yesterday and before' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const { engine } = context;
    const warning = 'WARNING! This will remove all non running containers.';
    if (!invocation.flag('force') && !(await confirm(context, warning))) return 0;
    await sweepStore(engine);
    const ids = await idleContainers(engine, (views) =>
      applyFilters(engine, views, invocation.texts('filter')),
    );
    return forEachName(invocation, ids, (id) => pruneContainer(engine, id));
  },
});
