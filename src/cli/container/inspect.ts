import { BryoError } from '../../base/errors.ts';
import { inspectContainer, inspectImage } from '../../engine/inspect.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { describeError } from '../failure.ts';
import { formatOne } from '../format/format-flag.ts';

function inspectOne(invocation: Invocation, name: string): Record<string, unknown> {
  const { engine } = invocation.context;
  const type = invocation.text('type') ?? 'all';
  if (!['all', 'container', 'image'].includes(type)) {
    throw new BryoError('usage', `--type ${JSON.stringify(type)} is not supported`, {
      hint: 'all, container or image',
    });
  }
  if (type !== 'image') {
    try {
      return inspectContainer(engine, name);
    } catch (error) {
      const absent = error instanceof BryoError && error.code === 'no-such-container';
      if (!absent || type === 'container') throw error;
    }
  }
  const image = inspectImage(engine, name);
  if (image !== null) return image;
  const what =
    type === 'image' ? `image not known: ${name}` : `no such object: ${JSON.stringify(name)}`;
  throw new BryoError('no-such-object', what);
}

export const command = defineCommand({
  name: 'inspect',
  noun: 'container',
  summary: 'Show all that is known of containers and images',
  synopsis: 'NAME [NAME...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    { name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' },
    {
      name: 'type',
      value: 'TYPE',
      default: 'all',
      choices: ['all', 'container', 'image'],
      help: 'look for all, container or image only',
    },
  ],
  description: [
    "Prints a JSON array, an object for each name, with podman's and docker's field names.",
  ],
  examples: [{ command: `bryo inspect --format '{{.State.ExitCode}}' job`, says: 'one field' }],
  async run(invocation) {
    const { context, args } = invocation;
    const format = invocation.text('format');
    const found: Record<string, unknown>[] = [];
    let status = 0;
    for (const name of args) {
      try {
        found.push(inspectOne(invocation, name));
      } catch (error) {
        if (!(error instanceof BryoError) || error.code === 'usage') throw error;
        context.stderr.write(`Error: ${describeError(error)}\n`);
        status = 125;
      }
    }
    if (format === null || format === 'json') {
      context.stdout.write(`${JSON.stringify(found, null, 4)}\n`);
    } else {
      for (const one of found) context.stdout.write(formatOne(format, one));
    }
    return status;
  },
});
