import { untagImage } from '../../engine/images/tag.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'untag',
  noun: 'image',
  summary: 'Take names off an image',
  synopsis: 'IMAGE [NAME...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [],
  description: ['Takes the given names off, or all of them. The image stays, also without a name.'],
  examples: [{ command: 'bryo untag app quay.io/me/app:1.0', says: 'one name' }],
  async run({ args, context }) {
    const [image = '', ...names] = args;
    untagImage(context.engine, image, names);
    return 0;
  },
});
