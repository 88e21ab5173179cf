import { BryoError } from '../../base/errors.ts';
import { defineCommand } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { inspectFormatOption, inspectSizeOption } from '../options/shared.ts';
import { inspectObjects, type ObjectKind, objectKinds } from './inspect-objects.ts';

function readKinds(type: string): readonly ObjectKind[] {
  if (type === 'all') return objectKinds;
  const kind = objectKinds.find((known) => known === type);
  if (kind !== undefined) return [kind];
  throw new BryoError('usage', `invalid type ${JSON.stringify(type)}`, {
    hint: `one of ${['all', ...objectKinds].join(', ')}`,
  });
}

export const command = defineCommand({
  name: 'inspect',
  noun: 'container',
  summary: 'Show all that is known of containers, images and volumes',
  synopsis: 'NAME [NAME...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    inspectFormatOption,
    latestOption,
    inspectSizeOption,
    {
      name: 'type',
      short: 't',
      value: 'TYPE',
      default: 'all',
      choices: ['all', ...objectKinds],
      help: 'look for things of this kind only: all, container, image or volume',
    },
  ],
  description: [
    "Prints a JSON array, an object for each name, with podman's field names and types. A name is looked for among the containers first, then the images, then the volumes.",
  ],
  examples: [{ command: `bryo inspect --format '{{.State.ExitCode}}' job`, says: 'one field' }],
  async run(invocation) {
    const kinds = readKinds(invocation.text('type') ?? 'all');
    const latest = invocation.flag('latest');
    return inspectObjects(invocation, namedOrLatest(invocation), latest ? ['container'] : kinds);
  },
});
