import { BryoError } from '../../base/errors.ts';
import { waitContainer } from '../../engine/wait.ts';
import { defineCommand } from '../command.ts';
import { ignoreOption } from '../options/shared.ts';
import { forEachName } from './each.ts';

export const command = defineCommand({
  name: 'wait',
  noun: 'container',
  summary: 'Wait until containers end and print their exit codes',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [ignoreOption],
  description: ['Prints -1 for a container whose exit code nobody knows.'],
  examples: [{ command: 'bryo wait job', says: 'block until the job is done' }],
  async run(invocation) {
    return forEachName(invocation, invocation.args, async (name) => {
      try {
        return String(await waitContainer(invocation.context.engine, name));
      } catch (error) {
        const absent = error instanceof BryoError && error.code === 'no-such-container';
        if (absent && invocation.flag('ignore')) return '-1';
        throw error;
      }
    });
  },
});
