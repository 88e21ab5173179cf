import { listSecrets } from '../../secret/secrets.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'secret-exists',
  noun: 'secret',
  summary: 'Tell whether a secret exists',
  synopsis: 'SECRET',
  arguments: { min: 1, max: 1, kind: 'secret' },
  options: [],
  description: [
    'Exits with 0 when there is a secret of that name or id and with 1 when there is none.',
  ],
  examples: [{ command: 'bryo secret exists key || bryo secret create key key.pem', says: 'once' }],
  async run({ args, context }) {
    const found = listSecrets(context.engine.store).some(
      ({ id, name }) => name === args[0] || id === args[0],
    );
    return found ? 0 : 1;
  },
});
