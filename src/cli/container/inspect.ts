import { BryoError } from '../../base/errors.ts';
import { defineCommand } from '../command.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { inspectFormatOption, inspectSizeOption } from '../options/shared.ts';
import { chosenPods } from '../pod/each.ts';
import { type ObjectKind, objectKinds } from './find-object.ts';
import { inspectObjects } from './inspect-objects.ts';

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
  summary: 'Show all that is known of containers, images, volumes, networks and pods',
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
      help: 'look for things of this kind only: all, container, image, volume, network or pod',
    },
  ],
  description: [
    "Prints a JSON array, an object for each name, with podman's field names and types. A name is looked for among the containers first, then the images, the volumes, the networks and the pods.",
  ],
  examples: [{ command: `bryo inspect --format '{{.State.ExitCode}}' job`, says: 'one field' }],
  async run(invocation) {
    const type = invocation.text('type') ?? 'all';
    const kinds = readKinds(type);
    if (!invocation.flag('latest')) {
      return inspectObjects(invocation, namedOrLatest(invocation), kinds);
    }
    return type === 'pod'
      ? inspectObjects(invocation, chosenPods(invocation), kinds)
      : inspectObjects(invocation, namedOrLatest(invocation), ['container']);
  },
});
