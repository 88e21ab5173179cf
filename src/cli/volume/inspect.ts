import { BryoError } from '../../base/errors.ts';
import { describeVolume, findVolume, listVolumes } from '../../engine/volumes.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';

export const command = defineCommand({
  name: 'volume-inspect',
  noun: 'volume',
  summary: 'Show all that is known of volumes',
  synopsis: 'VOLUME [VOLUME...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'volume' },
  options: [
    { name: 'all', short: 'a', help: 'all volumes' },
    { name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' },
  ],
  description: ["Prints a JSON array, an object for each volume, with podman's field names."],
  examples: [{ command: `bryo volume inspect -f '{{.Mountpoint}}' data`, says: 'where it is' }],
  async run(invocation) {
    const { context, args } = invocation;
    const { store } = context.engine;
    if (invocation.flag('all') === args.length > 0) {
      throw new BryoError('usage', 'volumes or --all are needed, and not both');
    }
    const found = invocation.flag('all')
      ? listVolumes(store)
      : args.map((name) => findVolume(store, name));
    const objects = found.map(describeVolume);
    const format = invocation.text('format');
    if (format === null || format === 'json') {
      context.stdout.write(`${JSON.stringify(objects, null, 4)}\n`);
    } else {
      context.stdout.write(objects.map((object) => formatOne(format, object)).join(''));
    }
    return 0;
  },
});
