import { readRecord } from '../../oci/state.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId, noControlGroup } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'resume',
  summary: 'Let frozen processes go on',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['Needs a control group of its own, which containers do not get yet: an error.'],
  async run(parsed, { root }) {
    throw noControlGroup('resume', readRecord(root, containerId(parsed)).id);
  },
});
