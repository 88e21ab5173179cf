import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { refusedContainerFlags } from '../options/container/refused.ts';
import { containerOptions } from '../options/container-options.ts';
import { initCtrOption } from '../options/pod-flags.ts';
import { createFromFlags } from './create-from-flags.ts';

export const command = defineCommand({
  name: 'create',
  noun: 'container',
  summary: 'Create a container without starting it',
  synopsis: 'IMAGE [COMMAND [ARG...]]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  passthrough: true,
  refused: refusedContainerFlags,
  options: [...containerOptions, initCtrOption],
  description: [
    'Creates a container as bryo-run(1) does and prints its id. bryo-start(1) starts it.',
  ],
  examples: [
    { command: 'bryo create --name web -p 8080:80 nginx', says: 'a server to be started later' },
  ],
  async run(invocation) {
    const record = await createFromFlags(invocation, false);
    printLine(invocation.context, record.id);
    return 0;
  },
});
