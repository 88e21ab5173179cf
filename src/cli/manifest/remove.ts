import { removeEntry } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'manifest-remove',
  noun: 'manifest',
  summary: 'Take a manifest out of a list',
  synopsis: 'LIST DIGEST',
  arguments: { min: 2, max: 2, kind: 'image' },
  options: [],
  description: ['The image itself stays in the store under its own names, if it has any.'],
  examples: [{ command: 'bryo manifest remove app sha256:…', says: 'by its digest' }],
  async run({ args, context }) {
    const [name = '', digest = ''] = args;
    printLine(context, await removeEntry(context.engine, name, digest));
    return 0;
  },
});
