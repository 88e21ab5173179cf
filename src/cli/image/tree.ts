import { resolveImage } from '../../image/resolve.ts';
import { imageTree } from '../../view/podman/image-tree.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'image-tree',
  noun: 'image',
  summary: "Show an image's layers",
  synopsis: 'IMAGE',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [{ name: 'whatrequires', help: 'show the layers that other images have on top of it' }],
  description: [
    'Prints the layers of an image, the lowest first, with the images of which they are the top.',
  ],
  examples: [{ command: 'bryo image tree --whatrequires alpine', says: 'what is built on it' }],
  async run(invocation) {
    const { context, args } = invocation;
    const image = resolveImage(context.engine.store, args[0] ?? '');
    context.stdout.write(imageTree(context.engine, image, invocation.flag('whatrequires')));
    return 0;
  },
});
