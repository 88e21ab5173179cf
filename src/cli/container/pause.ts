import { pauseContainer } from '../../engine/containers/pause.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

export const command = defineCommand({
  name: 'pause',
  noun: 'container',
  summary: 'Make the processes of containers stand still',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: choiceOptions,
  description: [
    'Freezes the control group of each container; returns when its processes stand still. Needs control groups (see bryo doctor).',
  ],
  examples: [{ command: 'bryo pause web', says: 'save its processor time for now' }],
  async run(invocation) {
    const choice = await chooseContainers(invocation, { all: (status) => status === 'running' });
    return forEachChosen(invocation, choice, (name) =>
      pauseContainer(invocation.context.engine, name),
    );
  },
});
