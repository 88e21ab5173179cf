import { BryoError } from '../../base/errors.ts';
import { removalOrder } from '../../engine/dependants.ts';
import { removeContainer, sweepStore } from '../../engine/remove.ts';
import { defineCommand } from '../command.ts';
import { readNumber } from '../options/read-values.ts';
import { allOption, ignoreOption, timeOption } from '../options/shared.ts';
import { chosenContainers, forEachName } from './each.ts';

export const command = defineCommand({
  name: 'rm',
  noun: 'container',
  aliases: ['bryo container remove'],
  summary: 'Remove containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    allOption,
    { name: 'force', short: 'f', help: 'kill the container if it runs; none is no error' },
    ignoreOption,
    timeOption,
    { name: 'volumes', short: 'v', help: 'remove its anonymous volumes, too' },
  ],
  description: ['Removes containers that do not run, with their writable layer and log.'],
  examples: [{ command: 'bryo rm -fa', says: 'remove everything' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force');
    const time = invocation.text('time');
    if (time !== null && !force) throw new BryoError('usage', '--time needs --force');
    const options = {
      force,
      ignore: force || invocation.flag('ignore'),
      volumes: invocation.flag('volumes'),
      timeout: time === null ? null : readNumber('--time', time, 0),
    };
    await sweepStore(engine);
    const chosen = chosenContainers(invocation, () => true);
    const names = invocation.flag('all') ? removalOrder(engine, chosen) : chosen;
    return forEachName(invocation, names, async (name) => {
      try {
        return (await removeContainer(engine, name, options)) === null ? null : name;
      } catch (error) {
        // podman-rm(1): 1 for a container that does not exist.
        const absent = error instanceof BryoError && error.code === 'no-such-container';
        if (!absent) throw error;
        throw new BryoError(error.code, error.message, { exitCode: 1 });
      }
    });
  },
});
