import { secretFilter } from '../../secret/filter.ts';
import { listDamagedSecrets, listSecrets } from '../../secret/secrets.ts';
import { damagedSecretRow, type SecretRow, secretRow } from '../../view/podman/secret-row.ts';
import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';

const columns: readonly Column<SecretRow>[] = [
  { title: 'ID', cell: (row) => row.ID },
  { title: 'NAME', cell: (row) => row.Name },
  { title: 'DRIVER', cell: (row) => row.Driver },
  { title: 'CREATED', cell: (row) => row.CreatedAt },
  { title: 'UPDATED', cell: (row) => row.UpdatedAt },
];

export const command = defineCommand({
  name: 'secret-ls',
  noun: 'secret',
  summary: 'List secrets',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: name (a regular expression) or id',
    },
    formatOption,
    headingOption,
    { name: 'quiet', short: 'q', help: 'print ids only' },
  ],
  description: [
    'Lists all secrets, without their values. One whose description is damaged has the driver damaged, and no name.',
  ],
  examples: [{ command: 'bryo secret ls --filter name=^db-', says: 'those of one service' }],
  async run(invocation) {
    const { context } = invocation;
    const now = new Date();
    const { store } = context.engine;
    const fits = await secretFilter(invocation.texts('filter'));
    const rows = listSecrets(store)
      .filter(fits)
      .map((info) => secretRow(info, now));
    if (invocation.texts('filter').length === 0)
      rows.push(...listDamagedSecrets(store).map(damagedSecretRow));
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) context.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
    else {
      const headings = { CreatedAt: 'CREATED', UpdatedAt: 'UPDATED' };
      const style = { dialect: context.dialect, headings, heading };
      context.stdout.write(await formatList(format, columns, rows, style));
    }
    return 0;
  },
});
