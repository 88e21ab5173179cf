import { BryoError } from '../../base/errors.ts';
import { cleanUpContainer } from '../../engine/cleanup.ts';
import { sweepStore } from '../../engine/remove.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen, isUp } from './each.ts';

export const command = defineCommand({
  name: 'container-cleanup',
  noun: 'container',
  summary: 'Remove what containers that have ended left behind',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    ...choiceOptions,
    { name: 'rm', help: 'remove the container afterwards' },
    { name: 'rmi', help: 'with --rm: remove its image, too, unless another container needs it' },
  ],
  description: [
    'Monitors clean up by themselves. This is for those that were killed, and for scripts that are used to it; it also removes what killed commands left half made.',
  ],
  examples: [{ command: 'bryo container cleanup --all', says: 'after a crash' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const options = { remove: invocation.flag('rm'), removeImage: invocation.flag('rmi') };
    if (options.removeImage && !options.remove) throw new BryoError('usage', '--rmi needs --rm');
    const choice = chooseContainers(invocation, { all: (status) => !isUp(status) });
    await sweepStore(engine);
    return forEachChosen(invocation, choice, async (name) => {
      await cleanUpContainer(engine, name, options);
      return name;
    });
  },
});
