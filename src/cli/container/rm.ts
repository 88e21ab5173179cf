import { BryoError } from '../../base/errors.ts';
import { listRecords } from '../../container/records.ts';
import { removalOrder } from '../../engine/containers/dependants.ts';
import { removeContainer } from '../../engine/containers/remove.ts';
import { sweepStore } from '../../engine/containers/sweep.ts';
import { withoutHolders } from '../../pod/records.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { latestOption } from '../options/latest.ts';
import {
  allOption,
  cidfileOption,
  filterOption,
  ignoreOption,
  readTime,
  timeOption,
} from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

/** podman-rm(1): 1 for a container that does not exist. */
function withStatus(error: unknown): unknown {
  const absent = error instanceof BryoError && error.code === 'no-such-container';
  if (!absent) return error;
  // In these words podman's rm says it, and scripts look for them.
  const message = error.message.replace('with name or ID', 'with ID or name');
  const { about } = error;
  return new BryoError(error.code, message, { exitCode: 1, ...(about !== undefined && { about }) });
}

export const command = defineCommand({
  name: 'rm',
  noun: 'container',
  aliases: ['bryo container remove'],
  summary: 'Remove containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    allOption,
    latestOption,
    cidfileOption,
    // -f is --force here.
    { name: 'filter', value: 'KEY=VALUE', repeat: true, help: filterOption.help },
    {
      name: 'depend',
      help: 'remove the containers that need them, too; with what holds the namespaces of a pod, the pod',
    },
    { name: 'force', short: 'f', help: 'kill the container if it runs; none is no error' },
    ignoreOption,
    timeOption,
    { name: 'volumes', short: 'v', help: 'remove its anonymous volumes, too' },
  ],
  description: [
    'Removes containers that do not run, with their writable layer and log; with --force also those whose records are damaged. One that another needs, as by `--network container:NAME`, is removed only after that one.',
    'The exit status is 1 when one does not exist and 2 when one runs; the others are removed all the same.',
  ],
  examples: [
    { command: 'bryo rm -fa', says: 'remove everything' },
    { command: 'bryo rm -f --filter label=job=17', says: 'all that belong together' },
  ],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force');
    const timeout = readTime(invocation);
    if (timeout !== null && !force) throw new BryoError('usage', '--time needs --force');
    const ignore = force || invocation.flag('ignore');
    const options = {
      force,
      ignore,
      volumes: invocation.flag('volumes'),
      depend: invocation.flag('depend'),
      dependantRemoved: (id: string) => printLine(invocation.context, id),
      timeout,
    };
    await sweepStore(engine);
    const choice = await chooseContainers(invocation, { all: () => true, ignore });
    const damaged = invocation.flag('all')
      ? listRecords(engine.store).damaged.map(({ id }) => id)
      : [];
    const found = choice.bySearch
      ? removalOrder(engine, withoutHolders(engine.store, choice.names))
      : choice.names;
    const names = [...found, ...damaged];
    return forEachChosen(invocation, { ...choice, names }, async (name) => {
      try {
        if (options.depend) {
          const { removeByHolder } = await import('../../engine/pods/remove-by-holder.ts');
          const gone = await removeByHolder(engine, name, { force, timeout });
          if (gone !== null) return gone.join('\n');
        }
        return (await removeContainer(engine, name, options)) === null ? null : name;
      } catch (error) {
        throw withStatus(error);
      }
    });
  },
});
