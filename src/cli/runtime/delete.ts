import { deleteContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'delete',
  summary: 'Forget a container that has ended',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [{ name: 'force', short: 'f', help: 'kill it first; one that does not exist is fine' }],
  description: [
    'Removes the state of a container. A created one is ended, a running one only with --force.',
  ],
  async run(parsed, context) {
    const problems = deleteContainer(context.root, containerId(parsed), parsed.flag('force'));
    for (const problem of problems) context.warn(problem);
    return 0;
  },
});
