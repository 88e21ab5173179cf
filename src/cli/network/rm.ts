import { BryoError, withExitCode } from '../../base/errors.ts';
import { removeNetwork } from '../../engine/networks/networks.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { readTime, timeOption } from '../options/shared.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-rm',
  noun: 'network',
  summary: 'Remove networks',
  synopsis: 'NETWORK [NETWORK...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'network' },
  options: [
    {
      name: 'force',
      short: 'f',
      help: 'remove containers and pods on the network, too; one that is not there is no error',
    },
    timeOption,
  ],
  description: [
    'Removes networks. One that a container joins, also a stopped one, stays: the exit status is then 2; it is 1 when there is no such network. The network that is there without being made cannot be removed.',
  ],
  examples: [{ command: 'bryo network rm backend', says: 'one network' }],
  async run(invocation) {
    const { args, context } = invocation;
    const force = invocation.flag('force');
    const timeout = readTime(invocation);
    if (timeout !== null && !force) {
      throw new BryoError('usage', '--force option must be specified to use the --time option');
    }
    return forEachName(invocation, args, async (name) => {
      try {
        await removeNetwork(context.engine, networkWord(context, name), { force, timeout });
        return name;
      } catch (error) {
        const isAbsent = error instanceof BryoError && error.code === 'no-such-network';
        if (isAbsent && force) return null;
        throw isAbsent ? withExitCode(error, 1) : error;
      }
    });
  },
});
