import { runHealthcheck } from '../../engine/containers/health.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'healthcheck-run',
  noun: 'healthcheck',
  summary: 'Check the health of a container now',
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [],
  description: [
    "Makes the container's health check once more and counts the result as if it were due. The exit status is 0 when the check passes, 1 with the word unhealthy on standard output when it fails, also while failures do not count yet, 125 for a container that has no check or does not run.",
  ],
  examples: [{ command: 'bryo healthcheck run web && echo fine', says: 'ask before going on' }],
  async run({ context, args }) {
    const { passed } = await runHealthcheck(context.engine, args[0] ?? '');
    if (passed) return 0;
    printLine(context, 'unhealthy');
    return 1;
  },
});
