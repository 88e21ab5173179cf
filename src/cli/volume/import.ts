import { closeSync, openSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { importVolume } from '../../engine/volumes/archive.ts';
import { defineCommand } from '../command.ts';

function openSource(path: string): number {
  if (path === '-') return 0;
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new BryoError(
      'no-such-file',
      `cannot read ${JSON.stringify(path)}: ${errnoCode(cause) ?? 'error'}`,
      { cause },
    );
  }
}

export const command = defineCommand({
  name: 'volume-import',
  noun: 'volume',
  summary: 'Put the files of a tar archive into a volume',
  synopsis: 'VOLUME FILE|-',
  arguments: { min: 2, max: 2, kind: 'volume' },
  options: [],
  description: [
    'The volume has to exist. Files that it has under the same names are replaced, others stay. The archive is not trusted: nothing of it is written outside the volume.',
  ],
  examples: [{ command: 'bryo volume import data data.tar', says: 'from a backup' }],
  async run(invocation) {
    const [name = '', path = ''] = invocation.args;
    const fd = openSource(path);
    try {
      await importVolume(invocation.context.engine, name, fd);
    } finally {
      if (fd > 0) closeSync(fd);
    }
    return 0;
  },
});
