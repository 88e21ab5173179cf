import { exportVolume } from '../../engine/volumes/archive.ts';
import { archiveOutputOption, writeToOutput } from '../archive-output.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'volume-export',
  noun: 'volume',
  summary: "Write a volume's files as a tar archive",
  synopsis: 'VOLUME',
  arguments: { min: 1, max: 1, kind: 'volume' },
  options: [archiveOutputOption],
  description: [
    'Writes all that is in the volume, uncompressed, with owners as containers see them.',
  ],
  examples: [{ command: 'bryo volume export data -o data.tar', says: 'a backup' }],
  async run(invocation) {
    const { context, args } = invocation;
    await writeToOutput(invocation, (fd) => exportVolume(context.engine, args[0] ?? '', fd));
    return 0;
  },
});
