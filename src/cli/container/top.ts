import { topContainer, topDescriptors } from '../../engine/top.ts';
import { defineCommand } from '../command.ts';
import { alignColumns } from '../format/table.ts';

export const command = defineCommand({
  name: 'top',
  noun: 'container',
  summary: 'Show the processes of a container',
  synopsis: 'CONTAINER [DESCRIPTOR...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [],
  description: [
    'Shows what the kernel says of the processes; no program of the image is run. Descriptors choose the columns, separated by spaces or commas:',
    `${Object.keys(topDescriptors).join(', ')}; the letters of ps(1) such as %p work, too.`,
    'Users and groups but root are shown as numbers of the container; huser, hgroup and hpid are those of the host.',
  ],
  examples: [{ command: 'bryo top web pid,user,comm', says: 'three columns' }],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', ...descriptors] = args;
    const wanted = descriptors.flatMap((word) => word.split(/[\s,]+/)).filter(Boolean);
    context.stdout.write(alignColumns(topContainer(context.engine, name, wanted)));
    return 0;
  },
});
