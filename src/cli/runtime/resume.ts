import { resumeContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'resume',
  summary: 'Let frozen processes go on',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['Lets the processes of a paused container go on.'],
  async run(parsed, { root }) {
    resumeContainer(root, containerId(parsed));
    return 0;
  },
});
