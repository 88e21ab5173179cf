import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';
import { printDestinations } from '../system/connection.ts';

interface DockerContext extends Record<string, unknown> {
  Name: string;
  Description: string;
  DockerEndpoint: string;
  Current: boolean;
  Error: string;
}

const columns: readonly Column<DockerContext>[] = [
  { title: 'NAME', cell: ({ Name, Current }) => (Current ? `${Name} *` : Name) },
  { title: 'DESCRIPTION', cell: ({ Description }) => Description },
  { title: 'DOCKER ENDPOINT', cell: ({ DockerEndpoint }) => DockerEndpoint },
  { title: 'ERROR', cell: ({ Error: error }) => error },
];

/** docker's one context without a configuration; there is no socket to name. */
const current: DockerContext = {
  Name: 'default',
  Description: 'Current DOCKER_HOST based configuration',
  DockerEndpoint: '',
  Current: true,
  Error: '',
};

export const command = defineCommand({
  name: 'context-ls',
  noun: 'context',
  summary: 'List the services that commands can be sent to',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [formatOption, headingOption, { name: 'quiet', short: 'q', help: 'print names only' }],
  description: [
    'Each command does its work itself, so there is no service to choose: the list is empty. Under docker’s name it has the one context that docker always has, default.',
  ],
  examples: [{ command: 'bryo context ls -q', says: 'nothing' }],
  async run(invocation) {
    const { context, flag, text } = invocation;
    if (context.dialect === 'podman') {
      await printDestinations(invocation);
      return 0;
    }
    const style = { dialect: context.dialect, heading: !flag('noheading') };
    if (flag('quiet')) context.stdout.write(`${current.Name}\n`);
    else context.stdout.write(await formatList(text('format'), columns, [current], style));
    return 0;
  },
});
