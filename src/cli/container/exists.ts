import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'container-exists',
  noun: 'container',
  summary: 'Tell by the exit status whether a container exists',
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [
    { name: 'external', help: 'containers of other tools in the store count, too; there are none' },
  ],
  description: ['The exit status is 0 when there is such a container and 1 when there is none.'],
  examples: [{ command: 'bryo container exists web || bryo run -d --name web …', says: 'once' }],
  async run(invocation) {
    try {
      findRecord(invocation.context.engine.store, invocation.args[0] ?? '');
      return 0;
    } catch (error) {
      if (error instanceof BryoError && error.code === 'no-such-container') return 1;
      throw error;
    }
  },
});
