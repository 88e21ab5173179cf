import { updateContainer } from '../../engine/update.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { readResources, resourceOptions } from '../options/resource-options.ts';

export const command = defineCommand({
  name: 'update',
  noun: 'container',
  summary: 'Change the limits of a container',
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: resourceOptions,
  description: [
    'Limits that are named take the place of those the container has, at once when it runs and for every later start; the others stay.',
  ],
  examples: [{ command: 'bryo update --memory 1g --cpus 2 web', says: 'let a server have more' }],
  async run(invocation) {
    const { context, args } = invocation;
    const limits = readResources(invocation);
    printLine(context, await updateContainer(context.engine, args[0] ?? '', limits));
    return 0;
  },
});
