import { BryoError } from '../../base/errors.ts';
import { imageChanges } from '../../engine/containers/diff.ts';
import { defineCommand } from '../command.ts';
import { changesFormatOption, printChanges } from '../container/print-changes.ts';

export const command = defineCommand({
  name: 'image-diff',
  noun: 'image',
  summary: 'Show what an image changes in the files below it',
  synopsis: 'IMAGE [IMAGE]',
  arguments: { min: 1, max: 2, kind: 'image' },
  options: [changesFormatOption],
  description: [
    'Prints what the last layer of an image adds (A), changes (C) and deletes (D) in those below or, with a second image, what the first differs in from that.',
  ],
  examples: [{ command: 'bryo image diff app:2 app:1', says: 'what is new in the second version' }],
  async run(invocation) {
    const [name = '', against = null] = invocation.args;
    const changes = await imageChanges(invocation.context.engine, name, against);
    if (changes === null) throw new BryoError('no-such-image', `${name}: image not known`);
    printChanges(invocation, changes);
    return 0;
  },
});
