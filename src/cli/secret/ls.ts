import { formatAge } from '../../base/duration.ts';
import { readFilterWords } from '../../request/filters.ts';
import { badValue } from '../../request/values.ts';
import type { DamagedSecret } from '../../secret/descriptions.ts';
import type { SecretInfo } from '../../secret/secret.ts';
import { listDamagedSecrets, listSecrets } from '../../secret/secrets.ts';
import { defineCommand } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  ID: string;
  Name: string;
  Driver: string;
  CreatedAt: string;
  UpdatedAt: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: (row) => row.ID },
  { title: 'NAME', cell: (row) => row.Name },
  { title: 'DRIVER', cell: (row) => row.Driver },
  { title: 'CREATED', cell: (row) => row.CreatedAt },
  { title: 'UPDATED', cell: (row) => row.UpdatedAt },
];

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw badValue('--filter', `name=${text}`, 'that is no regular expression');
  }
}

/** Filters of one key are alternatives (podman-secret-ls(1)). */
function chooser(filters: readonly string[]): (info: SecretInfo) => boolean {
  const pairs = readFilterWords(filters, ['name', 'id']);
  const values = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value);
  const names = values('name').map(pattern);
  const ids = values('id');
  return ({ id, name }) =>
    (names.length === 0 || names.some((regexp) => regexp.test(name))) &&
    (ids.length === 0 || ids.some((prefix) => id.startsWith(prefix)));
}

/** What is known of a secret whose description is damaged. */
function damagedRow({ id }: DamagedSecret): Row {
  const unknown = { Name: '', CreatedAt: '', UpdatedAt: '', Labels: {} };
  return { ID: id, Driver: 'damaged', ...unknown };
}

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
    const rows = listSecrets(store)
      .filter(chooser(invocation.texts('filter')))
      .map(
        (info): Row => ({
          ID: info.id,
          Name: info.name,
          Driver: info.driver,
          CreatedAt: formatAge(new Date(info.createdAt), now),
          UpdatedAt: formatAge(new Date(info.updatedAt), now),
          Labels: info.labels,
        }),
      );
    if (invocation.texts('filter').length === 0)
      rows.push(...listDamagedSecrets(store).map(damagedRow));
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) context.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
    else if (format === null)
      context.stdout.write(formatTable(columns, rows, { dialect: context.dialect, heading }));
    else {
      const headings = { CreatedAt: 'CREATED', UpdatedAt: 'UPDATED' };
      context.stdout.write(
        formatRows(format, rows, { dialect: context.dialect, headings, heading }),
      );
    }
    return 0;
  },
});
