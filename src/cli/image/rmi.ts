import { BryoError, withExitCode } from '../../base/errors.ts';
import { removeImages } from '../../engine/images/remove.ts';
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
    const outcomes = await removeImages(engine, names, { force });
    let at = 0;
    return forEachName(invocation, names, async () => {
      const outcome = outcomes[at];
      at += 1;
      if (outcome === undefined) return null;
      if (outcome.kind === 'removed') {
        return [
          ...outcome.untagged.map((name) => `Untagged: ${name}`),
          ...outcome.deleted.map((id) => `Deleted: ${id}`),
        ].join('\n');
      }
      if (outcome.error.code !== 'no-such-image') throw outcome.error;
      if (invocation.flag('ignore') || invocation.flag('force')) return null;
      throw withExitCode(outcome.error, 1);
    });
  },
});
