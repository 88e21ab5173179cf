import { volumeExists } from '../../engine/volumes/volumes.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'volume-exists',
  noun: 'volume',
  summary: 'Tell whether a volume exists',
  synopsis: 'VOLUME',
  arguments: { min: 1, max: 1, kind: 'volume' },
  options: [],
  description: ['Exits with 0 when there is a volume of that name and with 1 when there is none.'],
  examples: [
    { command: 'bryo volume exists data || bryo volume create data', says: 'in a script' },
  ],
  async run({ args, context }) {
    return volumeExists(context.engine.store, args[0] ?? '') ? 0 : 1;
  },
});
