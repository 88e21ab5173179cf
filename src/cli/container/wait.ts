import { parseDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { type WaitCondition, waitConditions, waitContainer } from '../../engine/containers/wait.ts';
import { badValue } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachTogether } from './each.ts';

function readConditions(texts: readonly string[]): readonly WaitCondition[] {
  if (texts.length === 0) return ['stopped'];
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      const found = waitConditions.find((condition) => condition === text);
      if (found === undefined) {
        throw badValue('--condition', text, `one of ${waitConditions.join(', ')} is needed`);
      }
      return found;
    });
}

/** Milliseconds of a duration, or of a plain number. */
function readInterval(text: string): number {
  const interval = /^\d+$/.test(text) ? Number(text) : parseDuration(text);
  if (interval < 1) throw badValue('--interval', text, 'at least 1ms is needed');
  return interval;
}

export const command = defineCommand({
  name: 'wait',
  noun: 'container',
  summary: 'Wait until containers end, or are in another state, and print their exit codes',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    ...choiceOptions,
    {
      name: 'condition',
      value: 'STATE',
      repeat: true,
      default: 'stopped',
      choices: [...waitConditions],
      help: `state to wait for, one of ${waitConditions.join(', ')}; of several the first that holds`,
    },
    {
      name: 'interval',
      short: 'i',
      value: 'DURATION',
      default: '250ms',
      help: 'time between two looks; the end of a container is told at once',
    },
    { name: 'ignore', help: 'print -1 for containers that do not exist' },
  ],
  description: [
    'Waits for all of them at the same time and prints a line for each. It is -1 for a container whose exit code nobody knows, and when the condition was not its end.',
  ],
  examples: [
    { command: 'bryo wait job', says: 'block until the job is done' },
    { command: 'bryo wait --condition running web', says: 'until it has been started' },
  ],
  async run(invocation) {
    const conditions = readConditions(invocation.texts('condition'));
    const interval = readInterval(invocation.text('interval') ?? '250ms');
    const { engine } = invocation.context;
    const choice = await chooseContainers(invocation, { all: () => true });
    return forEachTogether(invocation, choice, async (name) => {
      try {
        return String(await waitContainer(engine, name, { conditions, interval }));
      } catch (error) {
        const absent = error instanceof BryoError && error.code === 'no-such-container';
        if (absent && invocation.flag('ignore')) return '-1';
        throw error;
      }
    });
  },
});
