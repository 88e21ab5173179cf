import { startContainer } from '../../oci/start.ts';
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
    await startContainer(context.root, containerId(parsed));
    return 0;
  },
});
