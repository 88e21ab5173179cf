import { BryoError } from '../../base/errors.ts';
import { listVolumes } from '../../engine/volumes/volumes.ts';
import { defineCommand } from '../command.ts';
import { inspectObjects } from '../container/inspect-objects.ts';
import { inspectFormatOption } from '../options/shared.ts';

export const command = defineCommand({
  name: 'volume-inspect',
  noun: 'volume',
  summary: 'Show all that is known of volumes',
  synopsis: 'VOLUME [VOLUME...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'volume' },
  options: [{ name: 'all', short: 'a', help: 'all volumes' }, inspectFormatOption],
  description: ["Prints a JSON array, an object for each volume, with podman's field names."],
  examples: [{ command: `bryo volume inspect -f '{{.Mountpoint}}' data`, says: 'where it is' }],
  async run(invocation) {
    const { context, args } = invocation;
    const all = invocation.flag('all');
    if (all === args.length > 0) {
      throw new BryoError('usage', 'volumes or --all are needed, and not both');
    }
    const names = all ? listVolumes(context.engine.store).map(({ name }) => name) : args;
    return inspectObjects(invocation, names, ['volume']);
  },
});
