import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { jsonText, printable } from '../../base/text.ts';
import { layerSizes } from '../../engine/images/size.ts';
import { resolveImage } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows, isJsonFormat } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, noTruncOption, quietOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  ID: string;
  Created: string;
  CreatedBy: string;
  Size: string;
  Comment: string;
  /** Bytes, and the whole command, for JSON. */
  bytes: number;
  command: string;
}

const shownCommand = 45;

/** Only the newest entry is an image of its own; podman marks the others so. */
const otherId = '<missing>';

function makeRows(invocation: Invocation, name: string): Row[] {
  const { engine } = invocation.context;
  const whole = invocation.flag('no-trunc');
  const human = invocation.flag('human');
  const image = resolveImage(engine.store, name);
  const sizes = layerSizes(engine, image);
  const now = new Date();
  let layer = 0;
  const rows = image.config.history.map((entry): Row => {
    const bytes = entry.emptyLayer ? 0 : (sizes[layer] ?? 0);
    if (!entry.emptyLayer) layer += 1;
    const by = printable(entry.createdBy);
    const created = entry.created ?? '';
    const age = Number.isNaN(Date.parse(created)) ? 'N/A' : formatAge(new Date(created), now);
    return {
      ID: otherId,
      id: '',
      Created: human ? age : printable(created),
      CreatedSince: age,
      CreatedAt: printable(created),
      CreatedBy: whole || by.length <= shownCommand ? by : `${by.slice(0, shownCommand - 3)}...`,
      Size: human ? formatSize(bytes, { digits: 3, separator: ' ' }) : String(bytes),
      Comment: printable(entry.comment),
      bytes,
      command: by,
      Tags: null,
    };
  });
  const newest = rows.at(-1);
  if (newest !== undefined) {
    newest.ID = whole ? `sha256:${image.id}` : image.id.slice(0, 12);
    newest['id'] = image.id;
    newest['Tags'] = image.names;
  }
  return rows.reverse();
}

/** The object of `--format json`, with podman's names and types. */
function jsonObject(row: Row): Record<string, unknown> {
  const { CreatedAt, command, Comment, bytes } = row;
  return {
    id: row['id'] === '' ? otherId : row['id'],
    created: CreatedAt,
    CreatedBy: command,
    size: bytes,
    ...(Comment !== '' && { comment: Comment }),
    Created: CreatedAt,
  };
}

const columns: readonly Column<Row>[] = [
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
    const rows = makeRows(invocation, args[0] ?? '');
    const format = invocation.text('format');
    if (invocation.flag('quiet')) {
      context.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
    } else if (format !== null) {
      const json = isJsonFormat(format) && context.dialect === 'podman';
      context.stdout.write(
        json
          ? `${jsonText(rows.map(jsonObject))}\n`
          : formatRows(format, rows, { dialect: context.dialect }),
      );
    } else {
      context.stdout.write(formatTable(columns, rows, { dialect: context.dialect, heading: true }));
    }
    return 0;
  },
});
