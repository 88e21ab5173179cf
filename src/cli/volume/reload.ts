import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'volume-reload',
  noun: 'volume',
  summary: 'Ask volume plugins which volumes there are',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'volume' },
  options: [],
  description: [
    'Does nothing and prints nothing: every volume has the driver local, there are no plugins that could have made others, and each command reads what is on the disk.',
  ],
  examples: [{ command: 'bryo volume reload', says: 'in a script that is written for podman' }],
  async run() {
    return 0;
  },
});
