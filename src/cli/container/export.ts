import { closeSync, openSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { exportContainer } from '../../engine/copy.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'export',
  noun: 'container',
  summary: "Write a container's files as a tar archive",
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      help: 'where to; standard output otherwise',
    },
  ],
  description: [
    'Writes the root filesystem uncompressed; what is mounted in it, such as volumes, is left out. bryo-import(1) makes an image of it.',
  ],
  examples: [
    { command: 'bryo export web | bryo import - web:flat', says: 'an image of one layer' },
  ],
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
      await exportContainer(context.engine, args[0] ?? '', fd);
    } finally {
      if (path !== null) closeSync(fd);
    }
    return 0;
  },
});
