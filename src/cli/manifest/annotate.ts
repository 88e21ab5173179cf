import { BryoError } from '../../base/errors.ts';
import { annotateEntry, annotateList } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { entryOptions, readAnnotations, readEntryChanges } from './entry-options.ts';

export const command = defineCommand({
  name: 'manifest-annotate',
  noun: 'manifest',
  summary: 'Change what a list says of a manifest',
  synopsis: 'LIST [DIGEST]',
  arguments: { min: 1, max: 2, kind: 'image' },
  refused: { subject: 'an artifact gets its subject by bryo manifest add --artifact-subject' },
  options: [
    ...entryOptions,
    { name: 'index', help: 'give the annotations to the list itself, without a DIGEST' },
  ],
  description: ['Changes the platform and the annotations of the manifest with this digest.'],
  examples: [
    { command: 'bryo manifest annotate --arch arm64 app sha256:…', says: 'another processor' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', digest] = args;
    if (invocation.flag('index') !== (digest === undefined)) {
      throw new BryoError('usage', 'a DIGEST or --index is needed, and not both');
    }
    if (digest === undefined) {
      const annotations = readAnnotations(invocation, 'annotation');
      printLine(context, await annotateList(context.engine, name, annotations));
      return 0;
    }
    const changed = await annotateEntry(context.engine, name, digest, readEntryChanges(invocation));
    printLine(context, changed);
    return 0;
  },
});
