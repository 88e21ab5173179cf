import { readRecord } from '../../oci/state.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId, noControlGroup } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'pause',
  summary: 'Freeze the processes of a container',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['Needs a control group of its own, which containers do not get yet: an error.'],
  async run(parsed, { root }) {
    throw noControlGroup('pause', readRecord(root, containerId(parsed)).id);
  },
});
