import { version } from '../../base/version.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'buildx-version',
  noun: 'buildx',
  summary: 'Print the version',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  description: ['Prints the version of bryo: builder and runtime would be one program.'],
  examples: [{ command: 'bryo buildx version', says: 'what programs ask before they build' }],
  run({ context }) {
    context.stdout.write(`bryo ${version}\n`);
    return Promise.resolve(0);
  },
});
