import { formatSize } from '../../base/size.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { command as imagePrune, pruneImagesAnd } from '../image/prune.ts';

export const command = defineCommand({
  ...imagePrune,
  name: 'buildx-prune',
  noun: 'buildx',
  summary: 'Remove what builds have left',
  dockerOptions: [
    { name: 'all', short: 'a', help: 'also what newer builds may use' },
    { name: 'filter', value: 'KEY=VALUE', repeat: true, help: 'only what fits' },
    { name: 'keep-storage', value: 'BYTES', help: 'leave as much of the cache' },
  ],
  description: [
    'As bryo-image-prune(1), which is what podman does under this name, and the caches of RUN --mount=type=cache that no build is using. Under docker’s name only the cache of builds goes: results of steps that no image has and caches of RUN, with --all all results.',
  ],
  examples: [{ command: 'bryo buildx prune -f', says: 'images without a name' }],
  async run(invocation) {
    const { context } = invocation;
    if (context.dialect === 'podman') return pruneImagesAnd(invocation, true);
    const warning = 'WARNING! This will remove what builds have kept for later ones.';
    if (!invocation.flag('force') && !(await confirm(context, warning))) return 0;
    const { pruneBuildCache } = await import('../../engine/system/build-cache.ts');
    const request = { all: invocation.flag('all'), mounts: true };
    const freed = await pruneBuildCache(context.engine, request);
    context.stdout.write(`Total:\t${formatSize(freed)}\n`);
    return 0;
  },
});
