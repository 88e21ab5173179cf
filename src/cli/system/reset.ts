import { resetStore } from '../../engine/system/reset.ts';
import { defineCommand } from '../command.ts';
import { confirm, removalWarning } from '../confirm.ts';

export const command = defineCommand({
  name: 'system-reset',
  noun: 'system',
  summary: 'Remove everything that is stored',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'force', short: 'f', help: 'do not ask' }],
  description: [
    'Ends all containers at once and removes them, pods, images, volumes, secrets and events, and the directories of the store (--root and --runroot). Files in them that are no part of the store stay, with a warning. Logins and configuration files are kept. Asks first, unless --force is given.',
    'It must not be run while other commands use the store: they fail.',
  ],
  examples: [
    { command: 'bryo system reset', says: 'begin anew' },
    {
      command: 'bryo --root /tmp/r --runroot /tmp/rr system reset -f',
      says: 'remove a store that was made for a job',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const { store } = context.engine;
    const kinds = [
      ...['all containers', 'all pods', 'all images', 'all volumes', 'all secrets'],
      ...[`the graphRoot directory: ${store.root}`, `the runRoot directory: ${store.runroot}`],
    ];
    const warning = removalWarning('This will remove', kinds);
    if (!invocation.flag('force') && !(await confirm(context, warning))) return 0;
    for (const directory of await resetStore(context.engine)) {
      context.stderr.write(`Warning: ${directory} stays: there is more in it than the store\n`);
    }
    return 0;
  },
});
