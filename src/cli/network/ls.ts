import { defineCommand } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { formatTable } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';

const titles = {
  podman: ['NETWORK ID', 'NAME', 'DRIVER'],
  docker: ['NETWORK ID', 'NAME', 'DRIVER', 'SCOPE'],
};

export const command = defineCommand({
  name: 'network-ls',
  noun: 'network',
  summary: 'List networks that containers can join, of which there are none yet',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    formatOption,
    headingOption,
    { name: 'filter', short: 'f', value: 'KEY=VALUE', repeat: true, help: 'only those that fit' },
    { name: 'no-trunc', help: 'whole ids' },
    { name: 'quiet', short: 'q', help: 'print names only' },
  ],
  description: [
    'Each container has a network of its own, the host’s, or that of another container. The list is there for programs that ask which networks they have made, and it is always empty.',
  ],
  examples: [{ command: 'bryo network ls --format json', says: 'an empty list' }],
  run({ context, flag, text }) {
    const format = text('format');
    const { dialect } = context;
    const style = { dialect, heading: !flag('noheading') };
    const columns = titles[dialect].map((title) => ({ title, cell: () => '' }));
    if (format !== null) context.stdout.write(formatRows(format, [], style));
    else if (!flag('quiet')) context.stdout.write(formatTable(columns, [], style));
    return Promise.resolve(0);
  },
});
