import { startContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'start',
  summary: "Let a created container's process run",
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['Starts what create has prepared.'],
  async run(parsed, context) {
    for (const problem of startContainer(context.root, containerId(parsed))) context.warn(problem);
    return 0;
  },
});
