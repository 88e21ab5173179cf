import { closeSync, openSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { exportVolume } from '../../engine/volume-archive.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'volume-export',
  noun: 'volume',
  summary: "Write a volume's files as a tar archive",
  synopsis: 'VOLUME',
  arguments: { min: 1, max: 1, kind: 'volume' },
  options: [
    { name: 'output', short: 'o', value: 'FILE', help: 'where to; standard output otherwise' },
  ],
  description: [
    'Writes all that is in the volume, uncompressed, with owners as containers see them.',
  ],
  examples: [{ command: 'bryo volume export data -o data.tar', says: 'a backup' }],
  async run(invocation) {
    const { context, args } = invocation;
    const path = invocation.text('output');
    if (path === null && context.stdout.isTTY) {
      throw new BryoError('usage', 'refusing to write an archive to a terminal', {
        hint: 'use --output FILE',
      });
    }
    const fd = path === null ? 1 : openSync(path, 'w', 0o666);
    try {
      await exportVolume(context.engine, args[0] ?? '', fd);
    } finally {
      if (path !== null) closeSync(fd);
    }
    return 0;
  },
});
