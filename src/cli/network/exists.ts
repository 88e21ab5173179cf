import { networkExists } from '../../engine/networks/look-up.ts';
import { defineCommand } from '../command.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-exists',
  noun: 'network',
  summary: 'Tell whether a network exists',
  synopsis: 'NETWORK',
  arguments: { min: 1, max: 1, kind: 'network' },
  options: [],
  description: ['Exits with 0 when there is a network of that name or id and with 1 when not.'],
  examples: [
    { command: 'bryo network exists web || bryo network create web', says: 'in a script' },
  ],
  async run({ args, context }) {
    return networkExists(context.engine, networkWord(context, args[0] ?? '')) ? 0 : 1;
  },
});
