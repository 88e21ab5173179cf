import { BryoError } from '../../base/errors.ts';
import { jsonText, printable } from '../../base/text.ts';
import { searchImages, searchTags } from '../../engine/images/search.ts';
import { searchFilter } from '../../engine/images/search-filter.ts';
import { readNumber } from '../../request/values.ts';
import { type SearchRow, searchRow } from '../../view/podman/search-row.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { readAccess, registryOptions } from '../options/registry.ts';
import { formatOption, headingOption, noTruncOption } from '../options/shared.ts';

const defaultLimit = 25;

const nameColumn: Column<SearchRow> = { title: 'NAME', cell: (row) => row.Name };
const plain: readonly Column<SearchRow>[] = [
  nameColumn,
  { title: 'DESCRIPTION', cell: (row) => row.Description },
];
const compatible: readonly Column<SearchRow>[] = [
  ...plain,
  { title: 'STARS', cell: (row) => String(row.Stars) },
  { title: 'OFFICIAL', cell: (row) => row.Official },
  { title: 'AUTOMATED', cell: (row) => row.Automated },
];
const tagged: readonly Column<SearchRow>[] = [nameColumn, { title: 'TAG', cell: (row) => row.Tag }];

async function show(
  invocation: Invocation,
  rows: readonly SearchRow[],
  columns: readonly Column<SearchRow>[],
): Promise<void> {
  const { context } = invocation;
  const format = invocation.text('format');
  const heading = !invocation.flag('noheading');
  context.stdout.write(
    await formatList(format, columns, rows, { dialect: context.dialect, heading }),
  );
}

export const command = defineCommand({
  name: 'search',
  noun: 'image',
  summary: 'Search registries for images',
  synopsis: 'TERM',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    { name: 'compatible', help: 'show stars, official and automated as well' },
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: stars=N, is-official or is-automated',
    },
    formatOption,
    headingOption,
    {
      name: 'limit',
      value: 'N',
      default: String(defaultLimit),
      help: 'no more results of each registry',
    },
    { name: 'list-tags', help: 'list the tags of the repository that TERM names' },
    noTruncOption,
    ...registryOptions,
  ],
  description: [
    'Searches the registry that TERM begins with, or the search registries of registries.conf (docker.io where it names none). Registries without a search of their own are looked through by the names of their repositories; TERM may then be REGISTRY/ for all of them.',
  ],
  examples: [
    { command: 'bryo search --limit 3 alpine', says: 'at docker.io' },
    { command: 'bryo search --list-tags quay.io/podman/stable', says: 'which versions there are' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [term = ''] = args;
    const limit = readNumber('--limit', invocation.text('limit') ?? String(defaultLimit), 1);
    const filters = invocation.texts('filter').map(searchFilter);
    const request = { ...(await readAccess(invocation)), term, limit };
    if (invocation.flag('list-tags')) {
      if (filters.length > 0) {
        throw new BryoError('usage', '--filter is not for --list-tags');
      }
      const { name, tags } = await searchTags(request);
      if (invocation.text('format') === 'json') {
        const list = [{ Name: name, Tags: tags.map(printable) }];
        context.stdout.write(`${jsonText(list, 4)}\n`);
        return 0;
      }
      const empty = { Index: '', Description: '', Stars: 0, Official: '', Automated: '' };
      const rows = tags.map((tag) => ({ ...empty, Name: name, Tag: printable(tag) }));
      await show(invocation, rows, tagged);
      return 0;
    }
    const found = await searchImages(context.engine, request);
    const rows = found
      .filter((image) => filters.every((fits) => fits(image)))
      .map((image) => searchRow(image, invocation.flag('no-trunc')));
    await show(invocation, rows, invocation.flag('compatible') ? compatible : plain);
    return 0;
  },
});
