import { jsonText } from '../../base/text.ts';
import { inspectList } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { readAccess, registryOptions } from '../options/registry.ts';

export const command = defineCommand({
  name: 'manifest-inspect',
  noun: 'manifest',
  summary: 'Show a list of manifests',
  synopsis: 'NAME',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [
    ...registryOptions,
    { name: 'insecure', help: 'the same as --tls-verify=false' },
    { name: 'verbose', short: 'v', help: 'show the whole list, which is always shown' },
  ],
  description: [
    'Prints the list of that name as JSON or, when the store has none, what the registry has under the name: a list, or the manifest of an image or artifact. docker:// means the registry in any case.',
  ],
  examples: [
    { command: 'bryo manifest inspect docker://alpine', says: 'which platforms there are' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const access = await readAccess(invocation);
    const document = await inspectList(context.engine, args[0] ?? '', {
      ...access,
      ...(invocation.flag('insecure') && { tlsVerify: false }),
    });
    context.stdout.write(`${jsonText(document, 4)}\n`);
    return 0;
  },
});
