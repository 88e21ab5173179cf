import { prunePods } from '../../engine/pods/remove.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';

export const command = defineCommand({
  name: 'pod-prune',
  noun: 'pod',
  summary: 'Remove all pods that do not run',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'force', short: 'f', help: 'do not ask' }],
  description: [
    'Removes pods of which nothing runs any more, with their containers, and prints their ids. Asks first, unless --force is given.',
  ],
  examples: [{ command: 'bryo pod prune -f', says: 'without a question' }],
  async run(invocation) {
    const { context } = invocation;
    const question = 'WARNING! This will remove all stopped/exited pods..';
    if (!invocation.flag('force') && !(await confirm(context, question))) return 0;
    const removed = await prunePods(context.engine, false);
    context.stdout.write(removed.map((id) => `${id}\n`).join(''));
    return 0;
  },
});
