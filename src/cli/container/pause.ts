import { pauseContainer } from '../../engine/pause.ts';
import { defineCommand } from '../command.ts';
import { allOption } from '../options/shared.ts';
import { chosenContainers, forEachName } from './each.ts';

export const command = defineCommand({
  name: 'pause',
  noun: 'container',
  summary: 'Make the processes of containers stand still',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [allOption],
  description: [
    'Freezes the control group of each container; returns when its processes stand still. Needs control groups (see bryo doctor).',
  ],
  examples: [{ command: 'bryo pause web', says: 'save its processor time for now' }],
  async run(invocation) {
    const names = chosenContainers(invocation, (status) => status === 'running');
    return forEachName(invocation, names, (name) =>
      pauseContainer(invocation.context.engine, name),
    );
  },
});
