import { defineCommand } from '../command.ts';
import { inspectObjects } from '../container/inspect-objects.ts';
import { inspectFormatOption } from '../options/shared.ts';

export const command = defineCommand({
  name: 'image-inspect',
  noun: 'image',
  summary: 'Show all that is known of images',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [inspectFormatOption],
  description: ['As bryo-inspect(1), for images only.'],
  examples: [{ command: `bryo image inspect -f '{{.Digest}}' alpine`, says: 'its digest' }],
  async run(invocation) {
    return inspectObjects(invocation, invocation.args, ['image']);
  },
});
