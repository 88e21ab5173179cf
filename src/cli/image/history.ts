import { jsonText } from '../../base/text.ts';
import { resolveImage } from '../../image/resolve.ts';
import { type HistoryRow, historyObject, historyRows } from '../../view/podman/history-row.ts';
import { defineCommand } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, noTruncOption, quietOption } from '../options/shared.ts';

const columns: readonly Column<HistoryRow>[] = [
  { title: 'ID', cell: (row) => row.ID },
  { title: 'CREATED', cell: (row) => row.Created },
  { title: 'CREATED BY', cell: (row) => row.CreatedBy },
  { title: 'SIZE', cell: (row) => row.Size },
  { title: 'COMMENT', cell: (row) => row.Comment },
];

export const command = defineCommand({
  name: 'history',
  noun: 'image',
  summary: 'Show how an image was made',
  synopsis: 'IMAGE',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [
    formatOption,
    { name: 'human', short: 'H', on: true, help: 'print sizes and times for people' },
    noTruncOption,
    quietOption,
  ],
  description: ['Lists the steps that an image was made of, the newest first.'],
  examples: [{ command: 'bryo history --no-trunc alpine', says: 'with whole commands' }],
  async run(invocation) {
    const { context, args } = invocation;
    const image = resolveImage(context.engine.store, args[0] ?? '');
    const [whole, human] = [invocation.flag('no-trunc'), invocation.flag('human')];
    const rows = historyRows(context.engine, image, { whole, human });
    const format = invocation.text('format');
    if (invocation.flag('quiet')) {
      context.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
    } else if (format !== null) {
      const json = isJsonFormat(format) && context.dialect === 'podman';
      context.stdout.write(
        json
          ? `${jsonText(rows.map(historyObject))}\n`
          : formatRows(format, rows, { dialect: context.dialect }),
      );
    } else {
      context.stdout.write(formatTable(columns, rows, { dialect: context.dialect, heading: true }));
    }
    return 0;
  },
});
