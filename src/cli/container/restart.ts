import { findRecord } from '../../container/records.ts';
import { startContainer } from '../../engine/start/start.ts';
import { stopContainer } from '../../engine/stop.ts';
import { readContainerState } from '../../monitor/state.ts';
import { defineCommand } from '../command.ts';
import { readNumber } from '../options/read-values.ts';
import { allOption, timeOption } from '../options/shared.ts';
import { chosenContainers, forEachName, isUp } from './each.ts';

export const command = defineCommand({
  name: 'restart',
  noun: 'container',
  summary: 'Stop containers if they run, and start them',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    { ...allOption, help: 'all containers, in whatever state' },
    { name: 'running', help: 'only those that run' },
    timeOption,
  ],
  description: [
    'As stop and start one after the other. A container that does not run is only started.',
  ],
  examples: [{ command: 'bryo restart --time 2 web', says: 'give it two seconds to end' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const time = invocation.text('time');
    const timeout = time === null ? null : readNumber('--time', time, 0);
    const running = invocation.flag('running');
    const all = invocation.flag('all') || (running && invocation.args.length === 0);
    const chosen = chosenContainers(invocation, () => true, all);
    const names = chosen.filter((name) => {
      if (!running) return true;
      const record = findRecord(engine.store, name);
      return isUp(readContainerState(engine.store, record.id).status);
    });
    return forEachName(invocation, names, async (name) => {
      const record = findRecord(engine.store, name);
      await stopContainer(engine, record.id, { timeout, ignore: false });
      await startContainer(engine, findRecord(engine.store, record.id), {
        attached: false,
        size: null,
      });
      return name;
    });
  },
});
