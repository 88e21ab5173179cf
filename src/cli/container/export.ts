import { exportContainer } from '../../engine/containers/copy.ts';
import { archiveOutputOption, writeToOutput } from '../archive-output.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'export',
  noun: 'container',
  summary: "Write a container's files as a tar archive",
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [archiveOutputOption],
  description: [
    'Writes the root filesystem uncompressed; what is mounted in it, such as volumes, is left out. bryo-import(1) makes an image of it.',
  ],
  examples: [
    { command: 'bryo export web | bryo import - web:flat', says: 'an image of one layer' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    await writeToOutput(invocation, (fd) => exportContainer(context.engine, args[0] ?? '', fd));
    return 0;
  },
});
