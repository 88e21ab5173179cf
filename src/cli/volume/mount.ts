import { mountVolume } from '../../engine/mounts/volume.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'volume-mount',
  noun: 'volume',
  summary: "Tell where a volume's files are",
  synopsis: 'VOLUME',
  arguments: { min: 1, max: 1, kind: 'volume' },
  options: [],
  description: [
    "Prints the directory with the volume's files. They have the owners that containers see only within 'bryo unshare', where the command must run. A volume that stands for a directory of the host (o=bind) has its files there; one that is a tmpfs has none outside of a container, and is an error.",
  ],
  examples: [
    {
      command: "bryo unshare sh -c 'ls -l $(bryo volume mount data)'",
      says: 'look into a volume',
    },
  ],
  async run({ args, context }) {
    printLine(context, mountVolume(context.engine, args[0] ?? ''));
    return 0;
  },
});
