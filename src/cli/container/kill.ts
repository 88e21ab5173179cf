import { BryoError } from '../../base/errors.ts';
import { parseSignal, signalProblem } from '../../base/signals.ts';
import { killContainer } from '../../engine/containers/stop.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

export const command = defineCommand({
  name: 'kill',
  noun: 'container',
  summary: 'Send a signal to running containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    ...choiceOptions,
    {
      name: 'signal',
      short: 's',
      value: 'SIGNAL',
      default: 'KILL',
      help: 'signal to send, by name or number; RTMIN+3 and the like too',
    },
  ],
  description: [
    "Sends a signal to the container's first process.",
    'After one that ends containers (KILL, TERM, INT, QUIT or its own stop signal) a restart policy does not start it again.',
  ],
  examples: [
    { command: 'bryo kill --signal HUP web', says: 'make a server read its configuration again' },
  ],
  async run(invocation) {
    const text = invocation.text('signal') ?? 'KILL';
    const signal = parseSignal(text);
    if (signal === null) throw new BryoError('bad-flag-value', signalProblem(text));
    const alive = (status: string): boolean => status === 'running' || status === 'paused';
    const choice = await chooseContainers(invocation, { all: alive });
    return forEachChosen(invocation, choice, async (name) => {
      await killContainer(invocation.context.engine, name, signal);
      return name;
    });
  },
});
