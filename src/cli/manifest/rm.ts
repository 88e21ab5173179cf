import { BryoError } from '../../base/errors.ts';
import { removeList } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';

export const command = defineCommand({
  name: 'manifest-rm',
  noun: 'manifest',
  summary: 'Remove lists of manifests',
  synopsis: 'LIST [LIST...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [{ name: 'ignore', short: 'i', help: 'lists that do not exist are no error' }],
  description: ['Removes lists, and of what they list whatever no image of the store needs.'],
  examples: [{ command: 'bryo manifest rm app', says: 'one list' }],
  async run(invocation) {
    return forEachName(invocation, invocation.args, async (name) => {
      try {
        return await removeList(invocation.context.engine, name);
      } catch (error) {
        const absent = error instanceof BryoError && error.code === 'no-such-list';
        if (!absent) throw error;
        if (invocation.flag('ignore')) return null;
        throw new BryoError('no-such-list', `${name}: image not known`, { exitCode: 1 });
      }
    });
  },
});
