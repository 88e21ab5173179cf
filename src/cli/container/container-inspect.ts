import { defineCommand } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { inspectFormatOption, inspectSizeOption } from '../options/shared.ts';
import { inspectObjects } from './inspect-objects.ts';

export const command = defineCommand({
  name: 'container-inspect',
  noun: 'container',
  summary: 'Show all that is known of containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [inspectFormatOption, latestOption, inspectSizeOption],
  description: ['As bryo-inspect(1), for containers only.'],
  examples: [
    { command: `bryo container inspect -f '{{.State.Status}}' web`, says: 'whether it runs' },
  ],
  async run(invocation) {
    return inspectObjects(invocation, namedOrLatest(invocation), ['container']);
  },
});
