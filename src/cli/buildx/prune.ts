import { defineCommand } from '../command.ts';
import { command as imagePrune } from '../image/prune.ts';

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
    'As bryo-image-prune(1), which is what podman does under this name. Under docker’s name only the cache of builds goes, and there is none.',
  ],
  examples: [{ command: 'bryo buildx prune -f', says: 'images without a name' }],
  run(invocation) {
    if (invocation.context.dialect === 'podman') return imagePrune.run(invocation);
    invocation.context.stdout.write('Total:\t0B\n');
    return Promise.resolve(0);
  },
});
