import { volumeFilter } from '../../engine/volumes/filters.ts';
import { describeVolume, listDamagedVolumes, listVolumes } from '../../engine/volumes/volumes.ts';
import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';

const columns: readonly Column<Record<string, unknown>>[] = [
  { title: 'DRIVER', cell: (row) => String(row['Driver']) },
  { title: 'VOLUME NAME', cell: (row) => String(row['Name']) },
];

export const command = defineCommand({
  name: 'volume-ls',
  noun: 'volume',
  summary: 'List volumes',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: name, label, dangling, driver, scope or until',
    },
    formatOption,
    headingOption,
    { name: 'quiet', short: 'q', help: 'print names only' },
  ],
  description: [
    'Lists all volumes, also those that no container uses (dangling). One whose description is damaged has the driver damaged; bryo-system-check(1) describes it anew.',
  ],
  examples: [
    { command: 'bryo volume ls -q --filter dangling=true', says: 'what prune would take' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const fits = await volumeFilter(invocation.texts('filter'));
    const { store } = context.engine;
    const volumes = [...listVolumes(store), ...listDamagedVolumes(store)];
    const rows = volumes.filter(fits).map(describeVolume);
    const format = invocation.text('format');
    if (invocation.flag('quiet')) {
      context.stdout.write(rows.map((row) => `${String(row['Name'])}\n`).join(''));
    } else {
      const headings = { Name: 'VOLUME NAME' };
      const heading = !invocation.flag('noheading') && (format !== null || rows.length > 0);
      const style = { dialect: context.dialect, headings, heading };
      context.stdout.write(await formatList(format, columns, rows, style));
    }
    return 0;
  },
});
