import { imageFilter, imageFilters } from '../../engine/images/filters.ts';
import { pruneImages } from '../../engine/images/remove.ts';
import { resolveImage } from '../../image/resolve.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';

export const command = defineCommand({
  name: 'image-prune',
  noun: 'image',
  summary: 'Remove images that nobody needs',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'also those with a name that no container uses' },
    { name: 'build-cache', help: 'also the cache of builds, of which there is none' },
    { name: 'external', help: 'also what containers of a build use, of which there are none' },
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: `only those that fit: ${imageFilters.join(', ')}`,
    },
    { name: 'force', short: 'f', help: 'do not ask' },
  ],
  description: [
    'Removes images without a name (dangling) that no container uses, and prints their ids. Asks first, unless --force is given.',
  ],
  examples: [{ command: 'bryo image prune -af', says: 'all that no container uses' }],
  async run(invocation) {
    const { context } = invocation;
    const all = invocation.flag('all');
    const which = all
      ? 'images without at least one container associated to them'
      : 'dangling images';
    const warning = `WARNING! This command removes all ${which}.`;
    const find = (name: string) => resolveImage(context.engine.store, name);
    const fits = imageFilter(invocation.texts('filter'), find);
    if (!invocation.flag('force') && !(await confirm(context, warning))) return 0;
    const removed = await pruneImages(
      context.engine,
      (image) => (all || image.names.length === 0) && fits(image),
    );
    context.stdout.write(removed.map((id) => `${id}\n`).join(''));
    return 0;
  },
});
