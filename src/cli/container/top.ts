import { isPsSyntax, psColumns } from '../../engine/containers/ps-columns.ts';
import { topColumns, topContainer, topDescriptors } from '../../engine/containers/top.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { alignColumns } from '../format/table.ts';
import { latestOption, oneOrLatest } from '../options/latest.ts';

/** As ps(1) lays it out: numbers to the right, one space between columns, the last one as it is. */
function alignLikePs(lines: readonly (readonly string[])[], numeric: readonly boolean[]): string {
  const widths = numeric.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const [heading = []] = lines;
  const shown = heading.every((title) => title === '') ? lines.slice(1) : lines;
  return shown
    .map((line) => {
      const cells = line.map((cell, at) =>
        numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      );
      return `${cells.join(' ').trimEnd()}\n`;
    })
    .join('');
}

function listProcesses(invocation: Invocation, name: string, words: readonly string[]): string {
  const { engine, dialect } = invocation.context;
  if (isPsSyntax(words) || (dialect === 'docker' && words.length === 0)) {
    const columns = psColumns(words.length === 0 ? ['-ef'] : words);
    const numeric = columns.map((column) => column.numeric);
    return alignLikePs(topContainer(engine, name, columns), numeric);
  }
  const names = words.flatMap((word) => word.split(/[\s,]+/)).filter(Boolean);
  return alignColumns(topContainer(engine, name, topColumns(names)), dialect);
}

export const command = defineCommand({
  name: 'top',
  noun: 'container',
  summary: 'Show the processes of a container',
  synopsis: 'CONTAINER [DESCRIPTOR...|PS-OPTIONS]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  passthrough: true,
  options: [latestOption],
  description: [
    'Shows what the kernel says of the processes; no program of the image is run. Descriptors choose the columns, separated by spaces or commas:',
    `${Object.keys(topDescriptors).join(', ')}; the letters of ps(1) such as %p work, too.`,
    'Options of ps(1) that choose columns are understood as well, such as -ef, aux and -eo pid,comm.',
    'Users and groups but root are shown as numbers of the container; huser, hgroup and hpid are those of the host.',
  ],
  examples: [
    { command: 'bryo top web pid,user,comm', says: 'three columns' },
    { command: 'bryo top web -eo pid,comm', says: 'two, as ps(1) writes it' },
  ],
  async run(invocation) {
    const { name, words } = oneOrLatest(invocation);
    invocation.context.stdout.write(listProcesses(invocation, name, words));
    return 0;
  },
});
