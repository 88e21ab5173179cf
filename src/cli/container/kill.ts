import { parseSignal } from '../../base/signals.ts';
import { killContainer } from '../../engine/stop.ts';
import { defineCommand } from '../command.ts';
import { badValue } from '../options/read-values.ts';
import { allOption } from '../options/shared.ts';
import { chosenContainers, forEachName, isUp } from './each.ts';

export const command = defineCommand({
  name: 'kill',
  noun: 'container',
  summary: 'Send a signal to running containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    allOption,
    {
      name: 'signal',
      short: 's',
      value: 'SIGNAL',
      default: 'KILL',
      help: 'signal to send, by name or number',
    },
  ],
  description: ["Sends a signal to the container's first process."],
  examples: [
    { command: 'bryo kill --signal HUP web', says: 'make a server read its configuration again' },
  ],
  async run(invocation) {
    const text = invocation.text('signal') ?? 'KILL';
    const signal = parseSignal(text);
    if (signal === null) throw badValue('--signal', text, 'there is no such signal');
    const names = chosenContainers(invocation, isUp);
    return forEachName(invocation, names, async (name) => {
      await killContainer(invocation.context.engine, name, signal);
      return name;
    });
  },
});
