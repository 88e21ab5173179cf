import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import { formatOption, headingOption } from '../options/shared.ts';

const titles = ['NAME', 'VM TYPE', 'CREATED', 'LAST UP', 'CPUS', 'MEMORY', 'DISK SIZE'];
const columns = titles.map((title) => ({ title, cell: () => '' }));

export const command = defineCommand({
  name: 'machine-list',
  noun: 'machine',
  summary: 'List virtual machines, of which there are none',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    formatOption,
    headingOption,
    { name: 'quiet', short: 'q', help: 'print names only' },
    { name: 'all-providers', help: 'machines of every kind' },
  ],
  description: [
    'Containers run on this machine itself. The list is there for programs that ask whether podman has started a virtual machine, and it is always empty.',
  ],
  examples: [{ command: 'bryo machine list --format json', says: 'an empty list' }],
  async run({ context, flag, text }) {
    const style = { dialect: context.dialect, heading: !flag('noheading') };
    if (!flag('quiet')) context.stdout.write(await formatList(text('format'), columns, [], style));
    return 0;
  },
});
