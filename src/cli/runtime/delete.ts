import { deleteContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId, fittingIds } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'delete',
  summary: 'Forget a container that has ended',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    { name: 'force', short: 'f', help: 'kill it first; one that does not exist is fine' },
    { name: 'regex', short: 'r', help: 'all containers whose ids the expression ID fits' },
  ],
  description: [
    'Removes the state of a container. A created one is ended, a running one only with --force.',
  ],
  async run(parsed, context) {
    const force = parsed.flag('force');
    const ids = parsed.flag('regex') ? fittingIds(context.root, containerId(parsed)) : parsed.args;
    for (const id of ids) {
      for (const problem of deleteContainer(context.root, id, force)) context.warn(problem);
    }
    return 0;
  },
});
