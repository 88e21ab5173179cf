import { BryoError, exitCodes } from '../../base/errors.ts';
import { readTransferPlace, transferImage } from '../../engine/images/transfer.ts';
import { defineCommand } from '../command.ts';
import { programName } from '../dialect.ts';

export const command = defineCommand({
  name: 'image-scp',
  noun: 'image',
  summary: 'Copy an image to or from another machine or user',
  synopsis: '[HOST::]IMAGE [HOST::]',
  arguments: { min: 1, max: 2, kind: 'image' },
  options: [{ name: 'quiet', short: 'q', help: 'do not show how it goes' }],
  description: [
    'HOST is a machine as ssh(1) takes it, [USER@]NAME[:PORT], on which a command of this name is installed: it is called there to save or to load. USER@localhost is another user of this machine, by way of sudo(8), or runuser(1) for root. Without HOST the images are the caller’s own.',
  ],
  examples: [
    { command: 'bryo image scp app build@server::', says: 'bring an image to a machine' },
    { command: 'bryo image scp server::app', says: 'get it from there' },
    { command: 'bryo image scp app root@localhost::', says: 'give it to another user' },
  ],
  run({ args, context, flag }) {
    const source = readTransferPlace(args[0] ?? '');
    const target = readTransferPlace(args[1] ?? '');
    if (source.image === '') {
      throw new BryoError('usage', `${JSON.stringify(args[0])} names no image`);
    }
    if (target.image !== '') {
      throw new BryoError(
        'usage',
        `${JSON.stringify(args[1])}: the image keeps its name; write HOST::`,
      );
    }
    const { engine, program } = context;
    const done = transferImage(engine.store, {
      source,
      target,
      name: programName(program),
      quiet: flag('quiet'),
    });
    return Promise.resolve(done ? 0 : exitCodes.engine);
  },
});
