import { killContainer } from '../../oci/lifecycle.ts';
import { defineRuntimeCommand } from './command.ts';
import { fittingIds, readSignal } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'kill',
  summary: "Send a signal to a container's process",
  synopsis: 'ID [SIGNAL]',
  arguments: { min: 1, max: 2, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'send it to every process of the container' },
    { name: 'regex', short: 'r', help: 'all containers whose ids the expression ID fits' },
  ],
  description: ['The signal is a name or a number; SIGTERM when none is given.'],
  async run(parsed, context) {
    const [id = '', signal = 'SIGTERM'] = parsed.args;
    const ids = parsed.flag('regex') ? fittingIds(context.root, id) : [id];
    for (const each of ids) {
      killContainer(context.root, each, readSignal(signal), parsed.flag('all'));
    }
    return 0;
  },
});
