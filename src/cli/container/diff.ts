import { listChanges } from '../../engine/containers/diff.ts';
import { defineCommand } from '../command.ts';
import { latestOption, oneOrLatest, refuseNamesWithLatest } from '../options/latest.ts';
import { changesFormatOption, printChanges } from './print-changes.ts';

export const command = defineCommand({
  name: 'diff',
  noun: 'container',
  summary: 'Show what a container changed in its files',
  synopsis: 'CONTAINER|IMAGE [IMAGE]',
  arguments: { min: 0, max: 2, kind: 'container' },
  options: [changesFormatOption, latestOption],
  description: [
    'Prints a line for every file: A for one that was added, C for changed, D for deleted. Of an image, what its last layer changes in those below. With a second image, what the first differs in from that.',
  ],
  examples: [{ command: 'bryo diff web', says: 'since it was created' }],
  async run(invocation) {
    refuseNamesWithLatest(invocation);
    const { name, words } = oneOrLatest(invocation);
    const [against = null] = words;
    printChanges(invocation, await listChanges(invocation.context.engine, name, against));
    return 0;
  },
});
