import { findList } from '../../image/lists.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'manifest-exists',
  noun: 'manifest',
  summary: 'Tell whether a list of manifests is in the store',
  synopsis: 'LIST',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [],
  description: ['Exits with 0 when the list is there and with 1 when it is not. Prints nothing.'],
  examples: [
    { command: 'bryo manifest exists app || bryo manifest create app', says: 'in a script' },
  ],
  async run({ args, context }) {
    return findList(context.engine.store, args[0] ?? '') === null ? 1 : 0;
  },
});
