import { unpauseContainer } from '../../engine/containers/pause.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

export const command = defineCommand({
  name: 'unpause',
  noun: 'container',
  summary: 'Let paused containers go on',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: choiceOptions,
  description: ['The processes of each container go on where they stood.'],
  examples: [{ command: 'bryo unpause web', says: 'give it processor time again' }],
  async run(invocation) {
    const choice = await chooseContainers(invocation, { all: (status) => status === 'paused' });
    return forEachChosen(invocation, choice, (name) =>
      unpauseContainer(invocation.context.engine, name),
    );
  },
});
