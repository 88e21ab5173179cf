import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { findSecret, secretValue } from '../../secret/secrets.ts';
import { describeSecret } from '../../view/podman/secret.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printError } from '../context.ts';
import { formatOne } from '../format/format-flag.ts';

function prettyText(secret: Record<string, unknown>, name: string, driver: string): string {
  const lines = [
    ['ID:', secret['ID']],
    ['Name:', name],
    ['Driver:', driver],
    ['Created at:', secret['CreatedAt']],
    ['Updated at:', secret['UpdatedAt']],
  ];
  return lines.map(([title, value]) => `${String(title).padEnd(18)} ${String(value)}\n`).join('');
}

function show(invocation: Invocation, name: string): { object: unknown; pretty: string } {
  const { store } = invocation.context.engine;
  const info = findSecret(store, name);
  const object = describeSecret(info);
  if (invocation.flag('showsecret')) {
    object['SecretData'] = Buffer.from(secretValue(store, info)).toString('utf8');
  }
  return { object, pretty: prettyText(object, info.name, info.driver) };
}

export const command = defineCommand({
  name: 'secret-inspect',
  noun: 'secret',
  summary: 'Show all that is known of secrets but their values',
  synopsis: 'SECRET [SECRET...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'secret' },
  options: [
    { name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' },
    { name: 'pretty', help: 'a few lines for people' },
    { name: 'showsecret', help: 'the value, too, as SecretData' },
  ],
  description: [
    "Prints a JSON array, an object for each secret, with podman's field names. Without --showsecret values are not read.",
  ],
  examples: [{ command: `bryo secret inspect -f '{{.Spec.Labels}}' key`, says: 'its labels' }],
  async run(invocation) {
    const { context, args } = invocation;
    const format = invocation.text('format');
    if (format !== null && invocation.flag('pretty')) {
      throw new BryoError('usage', '--format and --pretty exclude each other');
    }
    const found: ReturnType<typeof show>[] = [];
    let status = 0;
    for (const name of args) {
      try {
        found.push(show(invocation, name));
      } catch (error) {
        status = 125;
        printError(context, error);
      }
    }
    const objects = found.map(({ object }) => object);
    if (invocation.flag('pretty')) {
      context.stdout.write(found.map(({ pretty }) => pretty).join(''));
    } else if (format === null || format === 'json') {
      if (objects.length > 0) context.stdout.write(`${jsonText(objects, 4)}\n`);
    } else {
      context.stdout.write(
        objects.map((object) => formatOne(format, object, context.dialect)).join(''),
      );
    }
    return status;
  },
});
