import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'network-prune',
  noun: 'network',
  summary: 'Remove networks that no container uses, of which there are none yet',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'force', short: 'f', help: 'do not ask' },
    { name: 'filter', value: 'KEY=VALUE', repeat: true, help: 'only those that fit' },
  ],
  description: ['There are no networks yet that containers join, so nothing is removed.'],
  examples: [{ command: 'bryo network prune -f', says: 'nothing' }],
  run: () => Promise.resolve(0),
});
