import { listId, removeList } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';

export const command = defineCommand({
  name: 'manifest-rm',
  noun: 'manifest',
  summary: 'Remove lists of manifests',
  synopsis: 'LIST [LIST...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [],
  description: ['Removes lists, and of what they list whatever no image of the store needs.'],
  examples: [{ command: 'bryo manifest rm app', says: 'one list' }],
  async run(invocation) {
    return forEachName(invocation, invocation.args, async (name) =>
      listId(await removeList(invocation.context.engine, name)),
    );
  },
});
