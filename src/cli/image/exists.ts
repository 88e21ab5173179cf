import { findImage } from '../../image/resolve.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'image-exists',
  noun: 'image',
  summary: 'Tell whether an image is in the store',
  synopsis: 'IMAGE',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [],
  description: ['Exits with 0 when the image is there and with 1 when it is not. Prints nothing.'],
  examples: [{ command: 'bryo image exists app || bryo pull app', says: 'in a script' }],
  async run({ args, context }) {
    return findImage(context.engine.store, args[0] ?? '') === null ? 1 : 0;
  },
});
