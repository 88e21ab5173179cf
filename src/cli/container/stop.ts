import type { ContainerRecord } from '../../container/record.ts';
import { isUp } from '../../engine/containers/describe.ts';
import { beginStop } from '../../engine/containers/stop.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions, ignoreOption, readTime, timeOption } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

/** A container that waits to be started has a process, too. */
const isStoppable = (status: string): boolean => isUp(status) || status === 'initialized';

export const command = defineCommand({
  name: 'stop',
  noun: 'container',
  summary: 'Stop running containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [...choiceOptions, ignoreOption, timeOption],
  description: [
    "Sends the container's stop signal (SIGTERM unless it says otherwise) and, if it still runs after the timeout, SIGKILL; at once when the timeout is 0. Returns when the container has ended and its exit status is recorded. Several containers are asked at the same time. One that does not run is no error.",
  ],
  examples: [
    { command: 'bryo stop --time 2 web', says: 'give it two seconds' },
    { command: 'bryo stop --filter label=job=17', says: 'all that belong together' },
  ],
  async run(invocation) {
    const { engine } = invocation.context;
    const timeout = readTime(invocation);
    const ignore = invocation.flag('ignore');
    const choice = await chooseContainers(invocation, { all: isStoppable, ignore });
    // As whoever waits in the background does (`run --detach --rmi`), but here the caller sees it done.
    const afterwards = async ({ options, rootfs }: ContainerRecord): Promise<void> => {
      if (!options.removeImage || rootfs.kind !== 'image') return;
      const { removeUnneededImage } = await import('../../engine/containers/cleanup.ts');
      await removeUnneededImage(engine, rootfs.imageName);
    };
    const begun = choice.names.map((name) =>
      beginStop(engine, name, { timeout, ignore, afterwards }),
    );
    await Promise.allSettled(begun);
    let at = 0;
    return forEachChosen(invocation, choice, async () => {
      const end = await begun[at++];
      return end === undefined ? null : end();
    });
  },
});
