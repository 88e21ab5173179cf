import { BryoError } from '../../base/errors.ts';
import { jsonText, printable } from '../../base/text.ts';
import type { TreeChange } from '../../store/worker.ts';
import type { Invocation, OptionSpec } from '../command.ts';

export const changesFormatOption: OptionSpec = {
  name: 'format',
  value: 'json',
  choices: ['json'],
  help: 'json: lists by kind of change',
};

/** Prints changes of files as --format says. */
export function printChanges(
  { context, ...invocation }: Invocation,
  changes: readonly TreeChange[],
): void {
  const format = invocation.text('format');
  if (format === null) {
    const lines = changes.map(({ kind, path }) => `${kind} ${printable(path)}\n`);
    context.stdout.write(lines.join(''));
    return;
  }
  if (format !== 'json') {
    throw new BryoError('usage', `--format ${JSON.stringify(format)} is not supported: only json`);
  }
  const paths = (wanted: string) =>
    changes.filter(({ kind }) => kind === wanted).map(({ path }) => path);
  const lists = { added: paths('A'), changed: paths('C'), deleted: paths('D') };
  const present = Object.entries(lists).filter(([, list]) => list.length > 0);
  context.stdout.write(`${jsonText(Object.fromEntries(present), 4)}\n`);
}
