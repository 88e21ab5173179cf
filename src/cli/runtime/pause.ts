import { pauseContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'pause',
  summary: 'Freeze the processes of a container',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ["Freezes the container's control group; returns when its processes stand still."],
  async run(parsed, { root }) {
    pauseContainer(root, containerId(parsed));
    return 0;
  },
});
