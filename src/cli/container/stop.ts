import { stopContainer } from '../../engine/stop.ts';
import { defineCommand } from '../command.ts';
import { readNumber } from '../options/read-values.ts';
import { allOption, ignoreOption, timeOption } from '../options/shared.ts';
import { chosenContainers, forEachName, isUp } from './each.ts';

export const command = defineCommand({
  name: 'stop',
  noun: 'container',
  summary: 'Stop running containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [allOption, ignoreOption, timeOption],
  description: [
    "Sends the container's stop signal (SIGTERM unless it says otherwise) and, if it still runs after the timeout, SIGKILL. Returns when the container has ended and its exit status is recorded.",
  ],
  examples: [{ command: 'bryo stop --time 2 web', says: 'give it two seconds' }],
  async run(invocation) {
    const time = invocation.text('time');
    const timeout = time === null ? null : readNumber('--time', time, 0);
    const ignore = invocation.flag('ignore');
    const names = chosenContainers(invocation, isUp);
    return forEachName(invocation, names, (name) =>
      stopContainer(invocation.context.engine, name, { timeout, ignore }),
    );
  },
});
