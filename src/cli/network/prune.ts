import { networkPruneFilter } from '../../engine/networks/filters.ts';
import { pruneNetworks } from '../../engine/networks/networks.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';

export const command = defineCommand({
  name: 'network-prune',
  noun: 'network',
  summary: 'Remove networks that no container joins',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: label, label! or until',
    },
    { name: 'force', short: 'f', help: 'do not ask' },
  ],
  description: [
    'Asks first, unless --force is given, and prints the names of what is removed. The network that is there without being made stays.',
  ],
  examples: [
    { command: 'bryo network prune -f --filter label=ci', says: 'what a job has left behind' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const warning = 'WARNING! This will remove all networks not used by at least one container.';
    if (!invocation.flag('force') && !(await confirm(context, warning))) return 0;
    const fits = await networkPruneFilter(invocation.texts('filter'));
    const removed = await pruneNetworks(context.engine, fits);
    context.stdout.write(removed.map((name) => `${name}\n`).join(''));
    return 0;
  },
});
