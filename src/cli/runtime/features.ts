import { features } from '../../oci/features.ts';
import { defineRuntimeCommand } from './command.ts';

export const command = defineRuntimeCommand({
  name: 'features',
  summary: 'Print what this runtime can do',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  description: ['Prints JSON as the runtime specification has it (features.md).'],
  async run(_parsed, { stdout }) {
    stdout.write(`${JSON.stringify(features(), null, 2)}\n`);
    return 0;
  },
});
