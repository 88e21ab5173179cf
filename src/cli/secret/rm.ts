import { BryoError } from '../../base/errors.ts';
import { removeSecret } from '../../engine/secrets/secrets.ts';
import { listDamagedSecrets, listSecrets } from '../../secret/secrets.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';

export const command = defineCommand({
  name: 'secret-rm',
  noun: 'secret',
  aliases: ['bryo secret remove'],
  summary: 'Remove secrets',
  synopsis: 'SECRET [SECRET...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'secret' },
  options: [
    { name: 'all', short: 'a', help: 'all secrets' },
    { name: 'ignore', short: 'i', help: 'secrets that do not exist are no error' },
  ],
  description: [
    'Removes secrets with their values. A container that runs keeps what it was given; one that is to have the secret cannot be started any more.',
  ],
  examples: [{ command: 'bryo secret rm db-password', says: 'one secret' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const { store } = engine;
    const all = invocation.flag('all');
    if (all === invocation.args.length > 0) {
      throw new BryoError('usage', 'secrets or --all are needed, and not both');
    }
    const known = [...listSecrets(store), ...listDamagedSecrets(store)];
    const names = all ? known.map(({ id }) => id) : invocation.args;
    return forEachName(invocation, names, async (name) => {
      try {
        return await removeSecret(engine, name);
      } catch (error) {
        const absent = error instanceof BryoError && error.code === 'no-such-secret';
        if (absent && invocation.flag('ignore')) return null;
        throw error;
      }
    });
  },
});
