import { BryoError, withExitCode } from '../../base/errors.ts';
import { type RemovedImage, removeImages } from '../../engine/images/remove.ts';
import { listImages } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { forEachName } from '../container/each.ts';

function chosenImages(invocation: Invocation): readonly string[] {
  const { args, context } = invocation;
  if (invocation.flag('all')) {
    if (args.length > 0) throw new BryoError('usage', '--all and names exclude each other');
    // Several manifests may be one image.
    return [...new Set(listImages(context.engine.store).map(({ id }) => id))];
  }
  if (args.length > 0) return args;
  throw new BryoError('usage', 'you must provide at least one image', { hint: 'or --all' });
}

export const command = defineCommand({
  name: 'rmi',
  noun: 'image',
  aliases: ['bryo image rm'],
  summary: 'Remove images',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    { name: 'all', short: 'a', help: 'all images' },
    {
      name: 'force',
      short: 'f',
      help: 'remove containers that use the image, too; one that does not exist is no error',
    },
    { name: 'ignore', short: 'i', help: 'images that do not exist are no error' },
    { name: 'no-prune', help: 'remove no images that those were made of; always so' },
  ],
  description: [
    'Takes a name off an image; with its last name the image goes, and with it the blobs and layers that no other image or container needs.',
  ],
  examples: [{ command: 'bryo rmi alpine', says: 'remove one' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force') || invocation.flag('all');
    const names = chosenImages(invocation);
    const each = (remove: (name: string) => Promise<RemovedImage>) =>
      forEachName(invocation, names, async (name) => {
        try {
          const { untagged, deleted } = await remove(name);
          return [
            ...untagged.map((n) => `Untagged: ${n}`),
            ...deleted.map((id) => `Deleted: ${id}`),
          ].join('\n');
        } catch (error) {
          const absent = error instanceof BryoError && error.code === 'no-such-image';
          if (!absent) throw error;
          if (invocation.flag('ignore') || invocation.flag('force')) return null;
          throw withExitCode(error, 1);
        }
      });
    return removeImages(engine, force, each);
  },
});
