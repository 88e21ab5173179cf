import { volumeFilter } from '../../engine/volumes/filters.ts';
import { pruneVolumes, unusedVolumes } from '../../engine/volumes/volumes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';

export const command = defineCommand({
  name: 'volume-prune',
  noun: 'volume',
  summary: 'Remove volumes that no container uses',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: name, label, label! or until',
    },
    { name: 'force', short: 'f', help: 'do not ask' },
  ],
  description: [
    'Tells what would go and asks first, unless --force is given, and prints the names of what is removed.',
  ],
  examples: [
    { command: 'bryo volume prune -f --filter label=ci', says: 'what a job has left behind' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const fits = await volumeFilter(invocation.texts('filter'));
    if (!invocation.flag('force')) {
      const names = unusedVolumes(context.engine, fits);
      if (names.length === 0) {
        context.stdout.write('No dangling volumes found\n');
        return 0;
      }
      const warning =
        'WARNING! This will remove all volumes not used by at least one container. The following volumes will be removed:';
      if (!(await confirm(context, [warning, ...names].join('\n')))) return 0;
    }
    const removed = await pruneVolumes(context.engine, fits);
    context.stdout.write(removed.map((name) => `${name}\n`).join(''));
    return 0;
  },
});
