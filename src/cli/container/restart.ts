import { findContainer, isUp, stateName } from '../../engine/containers/describe.ts';
import { restartContainer } from '../../engine/containers/restart.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { choiceOptions, readTime, timeOption } from '../options/shared.ts';
import { type Choice, chooseContainers } from './choose.ts';
import { asStart, forEachChosen } from './each.ts';

/** `--running` alone means all that run; beside names it leaves out those that do not. */
async function chooseForRestart(invocation: Invocation): Promise<Choice> {
  const { store } = invocation.context.engine;
  if (!invocation.flag('running')) return chooseContainers(invocation, { all: () => true });
  const { names, bySearch } = await chooseContainers(invocation, { all: isUp, implied: true });
  const running = names.filter((name) => isUp(stateName(findContainer(store, name).state)));
  return { names: running, bySearch };
}

export const command = defineCommand({
  name: 'restart',
  noun: 'container',
  summary: 'Stop containers if they run, and start them',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [...choiceOptions, { name: 'running', help: 'only those that run' }, timeOption],
  description: [
    'As stop and start one after the other. A container that does not run is only started.',
  ],
  examples: [{ command: 'bryo restart --time 2 web', says: 'give it two seconds to end' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const timeout = readTime(invocation);
    return forEachChosen(invocation, await chooseForRestart(invocation), async (name) => {
      await asStart(() => restartContainer(engine, name, timeout));
      return name;
    });
  },
});
