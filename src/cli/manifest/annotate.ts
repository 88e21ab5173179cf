import { annotateEntry, listId } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { entryOptions, readEntryChanges } from './entry-options.ts';

export const command = defineCommand({
  name: 'manifest-annotate',
  noun: 'manifest',
  summary: 'Change what a list says of a manifest',
  synopsis: 'LIST DIGEST',
  arguments: { min: 2, max: 2, kind: 'image' },
  options: [...entryOptions],
  description: ['Changes the platform and the annotations of the manifest with this digest.'],
  examples: [
    { command: 'bryo manifest annotate --arch arm64 app sha256:…', says: 'another processor' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', digest = ''] = args;
    const changed = await annotateEntry(context.engine, name, digest, readEntryChanges(invocation));
    printLine(context, listId(changed));
    return 0;
  },
});
