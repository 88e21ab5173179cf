import { updateContainer } from '../../engine/containers/update.ts';
import { readRestart } from '../../request/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { healthChangeOptions, readHealthChanges } from '../options/container/health-changes.ts';
import { restartOption } from '../options/container/lifecycle.ts';
import { refusedResourceFlags } from '../options/container/refused.ts';
import { readResources, resourceOptions } from '../options/resource-options.ts';

export const command = defineCommand({
  name: 'update',
  noun: 'container',
  summary: 'Change limits, restart policy and health check of a container',
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  refused: refusedResourceFlags,
  options: [
    ...resourceOptions,
    ...healthChangeOptions,
    { ...restartOption, help: 'the new restart policy' },
  ],
  description: [
    'What is named takes the place of what the container has, at once when it runs and for every later start; the rest stays. A new health check begins anew: with the status starting. When a failed check is to restart a container that was started without anything that could, that is so from its next start on.',
  ],
  examples: [{ command: 'bryo update --memory 1g --cpus 2 web', says: 'let a server have more' }],
  async run(invocation) {
    const { context, args } = invocation;
    const restart = invocation.text('restart');
    const changes = {
      limits: readResources(invocation),
      restart: restart === null ? null : readRestart(restart),
      health: readHealthChanges(invocation),
    };
    printLine(context, await updateContainer(context.engine, args[0] ?? '', changes));
    return 0;
  },
});
