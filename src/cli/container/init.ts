import { initContainer } from '../../engine/containers/initialize.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

export const command = defineCommand({
  name: 'init',
  noun: 'container',
  summary: 'Make containers ready without starting them',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [...choiceOptions],
  description: [
    'Makes the namespaces, mounts and the network of created or ended containers, with a process that waits there instead of running the command; bryo start lets it go on. In between the container can be inspected and changed: its process is there, bryo cp and bryo mount reach its files, and nothing of the image has run.',
    'Containers that a container depends on are started. One that is ready or runs already is an error, but not with --all. bryo stop and bryo rm end one that waits.',
  ],
  examples: [
    { command: 'bryo init web && bryo start web', says: 'in two steps' },
    { command: 'bryo init --all', says: 'everything that does not run' },
  ],
  async run(invocation) {
    const choice = await chooseContainers(invocation, { all: () => true });
    const { engine } = invocation.context;
    return forEachChosen(invocation, choice, async (name) => {
      await initContainer(engine, name, { lenient: invocation.flag('all') });
      return name;
    });
  },
});
