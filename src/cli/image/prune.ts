import { imageFilter, imageFilters } from '../../engine/images/filters.ts';
import { pruneImages } from '../../engine/images/prune.ts';
import { resolveImage } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { confirm } from '../confirm.ts';

/** Removes what `image prune` is asked to, `caches` of RUN too; gives the exit status. */
export async function pruneImagesAnd(invocation: Invocation, caches: boolean): Promise<number> {
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
  const whole = invocation.flag('build-cache');
  // Filters are for images: results of builds have nothing to go by.
  if (caches || invocation.texts('filter').length === 0) {
    const { pruneBuildCache } = await import('../../engine/system/build-cache.ts');
    await pruneBuildCache(context.engine, { all: whole || all, mounts: caches });
  }
  context.stdout.write(removed.map((id) => `${id}\n`).join(''));
  return 0;
}

export const command = defineCommand({
  name: 'image-prune',
  noun: 'image',
  summary: 'Remove images that nobody needs',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'also those with a name that no container uses' },
    {
      name: 'build-cache',
      help: 'also all that builds have kept for later ones, caches of RUN too',
    },
    { name: 'external', help: 'also containers of a build, of which there are none' },
    {
      name: 'filter',
      value: 'KEY=VALUE',
      repeat: true,
      help: `only those that fit: ${imageFilters.join(', ')}`,
    },
    { name: 'force', short: 'f', help: 'do not ask' },
  ],
  description: [
    'Removes images without a name (dangling) that no container uses, and prints their ids. Results of builds that no image has go, too; with --all all of them, and with --build-cache also the caches of RUN --mount=type=cache that no build is using. Asks first, unless --force is given.',
  ],
  examples: [{ command: 'bryo image prune -af', says: 'all that no container uses' }],
  run: (invocation) => pruneImagesAnd(invocation, invocation.flag('build-cache')),
});
