import { BryoError } from '../../base/errors.ts';
import { anywhereMountedImages, unmountImage } from '../../engine/mounts/image.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { refuseNamesWithAll } from '../options/shared.ts';

function chosen(invocation: Invocation): readonly string[] {
  const { args, context } = invocation;
  if (!invocation.flag('all')) {
    if (args.length > 0) return args;
    throw new BryoError('usage', 'image name or ID must be specified', { hint: 'or --all' });
  }
  refuseNamesWithAll(args);
  return anywhereMountedImages(context.engine);
}

export const command = defineCommand({
  name: 'image-unmount',
  noun: 'image',
  aliases: ['bryo image umount'],
  summary: "Unmount images' files",
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    { name: 'all', short: 'a', help: 'all images that are mounted' },
    { name: 'force', short: 'f', help: 'unmount it, however often it was mounted' },
  ],
  description: [
    "Takes back what 'bryo image mount' has done, and prints the image's id. With the last use of it the files are unmounted. One that is not mounted is no error, and nothing is printed.",
  ],
  examples: [{ command: 'bryo image unmount --all', says: 'take one use of each back' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force');
    return forEachName(invocation, chosen(invocation), (name) => unmountImage(engine, name, force));
  },
});
