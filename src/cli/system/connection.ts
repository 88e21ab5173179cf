import { BryoError } from '../../base/errors.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatList } from '../format/list.ts';
import { formatOption, headingOption } from '../options/shared.ts';

const noService = 'each command does its work itself';

const podmanVerbs: ReadonlySet<string> = new Set(['add', 'default', 'remove', 'rename', 'rm']);

const titles = ['Name', 'URI', 'Identity', 'Default', 'ReadWrite'];
const columns = titles.map((title) => ({ title, cell: () => '' }));

/** The empty list of services, as `--format`, `--quiet` and `--noheading` want it. */
export async function printDestinations({ context, flag, text }: Invocation): Promise<void> {
  const style = { dialect: context.dialect, heading: !flag('noheading') };
  if (!flag('quiet')) context.stdout.write(await formatList(text('format'), columns, [], style));
}

export const command = defineCommand({
  name: 'system-connection',
  noun: 'system',
  summary: 'List the services that commands can be sent to, of which there are none',
  synopsis: 'list|ls',
  arguments: { min: 1, max: 3, kind: 'none' },
  options: [formatOption, headingOption, { name: 'quiet', short: 'q', help: 'print names only' }],
  refused: {
    all: noService,
    default: noService,
    identity: noService,
    port: noService,
    'socket-path': noService,
  },
  description: [
    'Each command does its work itself. The list is there for programs that ask whether podman sends its commands to another machine, and it is always empty. Connections cannot be added.',
  ],
  examples: [{ command: 'bryo system connection list', says: 'the head of an empty table' }],
  async run(invocation) {
    const [verb = ''] = invocation.args;
    if (verb !== 'list' && verb !== 'ls' && !podmanVerbs.has(verb)) {
      throw new BryoError('usage', 'system connection accepts at most 1 argument, list');
    }
    if (verb !== 'list' && verb !== 'ls') {
      throw new BryoError(
        'unsupported',
        `bryo system connection ${verb} is not supported: ${noService}`,
      );
    }
    await printDestinations(invocation);
    return 0;
  },
});
