import { unmountVolume } from '../../engine/mounts/volume.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'volume-unmount',
  noun: 'volume',
  summary: 'Be done with a mounted volume',
  synopsis: 'VOLUME',
  arguments: { min: 1, max: 1, kind: 'volume' },
  options: [],
  description: [
    "Ends what bryo-volume-mount(1) began, within 'bryo unshare', and prints the volume's name. A volume's files lie in a directory, so that nothing stays mounted.",
  ],
  examples: [{ command: 'bryo volume unmount data', says: 'after bryo volume mount data' }],
  async run({ args, context }) {
    printLine(context, unmountVolume(context.engine, args[0] ?? ''));
    return 0;
  },
});
