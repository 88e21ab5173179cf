import { BryoError } from '../../base/errors.ts';
import { anywhereMounted, unmountContainer } from '../../engine/mounts/container.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { allOption, refuseNamesWithAll } from '../options/shared.ts';
import { forEachName } from './each.ts';

function chosen(invocation: Invocation): readonly string[] {
  if (!invocation.flag('all')) return namedOrLatest(invocation);
  refuseNamesWithAll(invocation.args);
  return anywhereMounted(invocation.context.engine);
}

export const command = defineCommand({
  name: 'unmount',
  noun: 'container',
  aliases: ['bryo umount', 'bryo container umount'],
  summary: "Unmount containers' root filesystems",
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    allOption,
    { name: 'force', short: 'f', help: 'unmount it, however often it was mounted' },
    latestOption,
  ],
  description: [
    "Takes back what 'bryo mount' has done. With the last use of it the root filesystem is unmounted. One that is not mounted is no error.",
  ],
  examples: [{ command: 'bryo unmount --all', says: 'take one use of each back' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force');
    if (invocation.flag('all') && invocation.flag('latest')) {
      throw new BryoError('usage', '--all and --latest cannot be used together');
    }
    return forEachName(invocation, chosen(invocation), async (name) => {
      await unmountContainer(engine, name, force);
      return name;
    });
  },
});
