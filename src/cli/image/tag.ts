import { tagImage } from '../../engine/images/tag.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'tag',
  noun: 'image',
  summary: 'Give an image further names',
  synopsis: 'IMAGE NAME [NAME...]',
  arguments: { min: 2, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [],
  description: [
    'A name without a registry belongs to localhost. Another image that has the name loses it.',
  ],
  examples: [{ command: 'bryo tag app quay.io/me/app:1.0', says: 'a name to push under' }],
  async run({ args, context }) {
    const [image = '', ...names] = args;
    tagImage(context.engine, image, names);
    return 0;
  },
});
