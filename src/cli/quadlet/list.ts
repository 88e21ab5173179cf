import { BryoError } from '../../base/errors.ts';
import { allUnits, type ListedUnit, listUnits } from '../../engine/system/quadlet/units.ts';
import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';
import { searchCircumstances } from './circumstances.ts';

const columns: readonly Column<Record<string, unknown>>[] = [
  { title: 'NAME', cell: (row) => String(row['Name']) },
  { title: 'UNIT NAME', cell: (row) => String(row['UnitName']) },
  { title: 'PATH ON DISK', cell: (row) => String(row['Path']) },
  { title: 'STATUS', cell: (row) => String(row['Status']) },
];

function row({ source, service, state }: ListedUnit): Record<string, unknown> {
  return { Name: source.fileName, UnitName: service, Path: source.path, Status: state };
}

function fits(unit: ListedUnit, filters: readonly string[]): boolean {
  return filters.every((filter) => {
    const [, key, value = ''] = /^(name|status)=(.*)$/.exec(filter) ?? [];
    if (key === undefined) {
      throw new BryoError('bad-filter', `unknown filter ${JSON.stringify(filter)}`, {
        hint: 'name=… and status=… are known',
      });
    }
    return key === 'name' ? unit.source.fileName.includes(value) : unit.state === value;
  });
}

export const command = defineCommand({
  name: 'quadlet-list',
  noun: 'quadlet',
  summary: 'List unit files',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: name or status',
    },
    formatOption,
    headingOption,
  ],
  description: [
    'Lists the unit files in all directories, with the service that is made of each and its state.',
  ],
  examples: [{ command: 'bryo quadlet list --filter status=failed', says: 'what needs a look' }],
  async run(invocation) {
    const { context } = invocation;
    const filters = invocation.texts('filter');
    const listed = listUnits(allUnits(searchCircumstances()));
    const rows = listed.filter((unit) => fits(unit, filters)).map(row);
    const heading = !invocation.flag('noheading');
    const format = invocation.text('format');
    const titles = { UnitName: 'UNIT NAME', Path: 'PATH ON DISK' };
    context.stdout.write(
      await formatList(format, columns, rows, {
        dialect: context.dialect,
        headings: titles,
        heading,
      }),
    );
    return 0;
  },
});
