import { renameContainer } from '../../engine/containers/rename.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'rename',
  noun: 'container',
  summary: 'Give a container another name',
  synopsis: 'CONTAINER NAME',
  arguments: { min: 2, max: 2, kind: 'container' },
  options: [],
  description: ['The old name is free afterwards. A running container with --rm keeps its name.'],
  examples: [{ command: 'bryo rename web web-old', says: 'make room for a new one' }],
  async run(invocation) {
    const [container = '', name = ''] = invocation.args;
    renameContainer(invocation.context.engine, container, name);
    return 0;
  },
});
