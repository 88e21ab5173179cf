import { BryoError } from '../../base/errors.ts';
import { listDamagedVolumes, listVolumes, removeVolume } from '../../engine/volumes/volumes.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { readTime, timeOption } from '../options/shared.ts';

export const command = defineCommand({
  name: 'volume-rm',
  noun: 'volume',
  summary: 'Remove volumes',
  synopsis: 'VOLUME [VOLUME...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'volume' },
  options: [
    { name: 'all', short: 'a', help: 'all volumes' },
    {
      name: 'force',
      short: 'f',
      help: 'remove containers that use the volume, too; one that is not there is no error',
    },
    timeOption,
  ],
  description: [
    'Removes volumes with all that is in them. One that a container uses, also a stopped one, stays: the exit status is then 2; it is 1 when there is no such volume. One whose description is damaged goes only with --force, and so does any volume while the record of a container is damaged, which may use it.',
  ],
  examples: [{ command: 'bryo volume rm data', says: 'one volume' }],
  async run(invocation) {
    const { args, context } = invocation;
    if (invocation.flag('all') === args.length > 0) {
      throw new BryoError('usage', 'volumes or --all are needed, and not both');
    }
    const { store } = context.engine;
    const names = invocation.flag('all')
      ? [...listVolumes(store), ...listDamagedVolumes(store)].map(({ name }) => name)
      : args;
    const force = invocation.flag('force');
    const timeout = readTime(invocation);
    if (timeout !== null && !force) throw new BryoError('usage', '--time needs --force');
    return forEachName(invocation, names, async (name) => {
      try {
        return await removeVolume(context.engine, name, { force, timeout });
      } catch (error) {
        // As podman has it: with --force it is gone, and that is what was wanted.
        if (force && error instanceof BryoError && error.code === 'no-such-volume') return null;
        throw error;
      }
    });
  },
});
