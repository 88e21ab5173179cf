import { jsonText } from '../../base/text.ts';
import { readRecord, stateObject, statusOf } from '../../oci/state.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'state',
  summary: 'Print the state of a container',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['Prints JSON as the runtime specification has it (runtime.md, "State").'],
  async run(parsed, context) {
    const record = readRecord(context.root, containerId(parsed));
    const state = stateObject(record, statusOf(record), record.process?.pid ?? 0);
    context.stdout.write(`${jsonText(state, 2)}\n`);
    return 0;
  },
});
