import { unpauseContainer } from '../../engine/pause.ts';
import { defineCommand } from '../command.ts';
import { allOption } from '../options/shared.ts';
import { chosenContainers, forEachName } from './each.ts';

export const command = defineCommand({
  name: 'unpause',
  noun: 'container',
  summary: 'Let paused containers go on',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [allOption],
  description: ['The processes of each container go on where they stood.'],
  examples: [{ command: 'bryo unpause web', says: 'give it processor time again' }],
  async run(invocation) {
    const names = chosenContainers(invocation, (status) => status === 'paused');
    return forEachName(invocation, names, (name) =>
      unpauseContainer(invocation.context.engine, name),
    );
  },
});
