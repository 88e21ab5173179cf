import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { listChanges } from '../../engine/diff.ts';
import { defineCommand } from '../command.ts';
import { latestOption, oneOrLatest } from '../options/latest.ts';

export const command = defineCommand({
  name: 'diff',
  noun: 'container',
  summary: 'Show what a container changed in its files',
  synopsis: 'CONTAINER|IMAGE',
  arguments: { min: 0, max: 1, kind: 'container' },
  options: [
    { name: 'format', value: 'json', choices: ['json'], help: 'json: lists by kind of change' },
    latestOption,
  ],
  description: [
    'Prints a line for every file: A for one that was added, C for changed, D for deleted. Of an image, what its last layer changes in those below.',
  ],
  examples: [{ command: 'bryo diff web', says: 'since it was created' }],
  async run(invocation) {
    const { context } = invocation;
    const format = invocation.text('format');
    if (format !== null && format !== 'json') {
      throw new BryoError(
        'usage',
        `--format ${JSON.stringify(format)} is not supported: only json`,
      );
    }
    const changes = await listChanges(context.engine, oneOrLatest(invocation).name);
    if (format === null) {
      context.stdout.write(
        changes.map(({ kind, path }) => `${kind} ${printable(path)}\n`).join(''),
      );
      return 0;
    }
    const paths = (wanted: string) =>
      changes.filter(({ kind }) => kind === wanted).map(({ path }) => path);
    const lists = { added: paths('A'), changed: paths('C'), deleted: paths('D') };
    const present = Object.entries(lists).filter(([, list]) => list.length > 0);
    context.stdout.write(`${JSON.stringify(Object.fromEntries(present), null, 4)}\n`);
    return 0;
  },
});
