import { parseDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { containerEvents, currentStats, type RuntimeEvent } from '../../oci/events.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

/** JSON with whole numbers of 64 bits, which those of JavaScript are not. */
function eventLine(event: RuntimeEvent): string {
  const text = JSON.stringify(event, (_name, value: unknown) =>
    typeof value === 'bigint' ? `\u0000${value}` : value,
  );
  return `${text.replace(/"\\u0000(\d+)"/g, '$1')}\n`;
}

function readInterval(text: string): number {
  const interval = parseDuration(text);
  if (interval > 0) return interval;
  throw new BryoError('usage', 'duration interval must be greater than 0');
}

export const command = defineRuntimeCommand({
  name: 'events',
  summary: 'Tell what a container uses, and when it runs out of memory',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    { name: 'interval', value: 'DURATION', default: '5s', help: 'time between two statistics' },
    { name: 'stats', help: 'print statistics once' },
  ],
  description: [
    'Prints JSON as runc does, a line for each event, until the container ends. The figures are those of its control group.',
  ],
  async run(parsed, { root, stdout }) {
    const id = containerId(parsed);
    const interval = readInterval(parsed.text('interval') ?? '5s');
    if (parsed.flag('stats')) {
      stdout.write(eventLine(currentStats(root, id)));
      return 0;
    }
    for await (const event of containerEvents(root, id, interval)) stdout.write(eventLine(event));
    return 0;
  },
});
