import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import { imageSize } from '../../engine/image-size.ts';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  Repository: string;
  Tag: string;
  ID: string;
  Created: string;
  Size: string;
}

function makeRows(invocation: Invocation, image: ResolvedImage, now: Date): Row[] {
  const names = image.names.length === 0 ? ['<none>:<none>'] : image.names;
  const created = new Date(image.config.created ?? Number.NaN);
  const bytes = imageSize(invocation.context.engine, image);
  return names.map((name) => {
    const colon = name.lastIndexOf(':');
    return {
      Repository: name.slice(0, colon),
      Tag: name.slice(colon + 1),
      ID: invocation.flag('no-trunc') ? `sha256:${image.id}` : image.id.slice(0, 12),
      Id: image.id,
      Digest: image.manifestDigest,
      Created: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      CreatedAt: printable(image.config.created ?? ''),
      CreatedSince: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      Size: formatSize(bytes, { digits: 3, separator: ' ' }),
      VirtualSize: bytes,
      Names: image.names,
      Labels: image.config.config.labels,
    };
  });
}

const columns: readonly Column<Row>[] = [
  { title: 'REPOSITORY', cell: (row) => row.Repository },
  { title: 'TAG', cell: (row) => row.Tag },
  { title: 'IMAGE ID', cell: (row) => row.ID },
  { title: 'CREATED', cell: (row) => row.Created },
  { title: 'SIZE', cell: (row) => row.Size },
];

/** Whether an image is the one asked for: a repository, with or without its tag. */
function isWanted(row: Row, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const full = `${row.Repository}:${row.Tag}`;
  const text = wanted.replace(/:latest$/, '');
  return [row.Repository, full].some(
    (name) => name === text || name.endsWith(`/${text}`) || name === wanted,
  );
}

export const command = defineCommand({
  name: 'images',
  noun: 'image',
  aliases: ['bryo image ls', 'bryo image list'],
  summary: 'List images',
  synopsis: '[REPOSITORY[:TAG]]',
  arguments: { min: 0, max: 1, kind: 'image' },
  options: [
    formatOption,
    headingOption,
    noTruncOption,
    { name: 'quiet', short: 'q', help: 'print ids only' },
  ],
  description: ['Lists the images of the store. The size is that of the unpacked layers.'],
  examples: [{ command: `bryo images --format '{{.Repository}}:{{.Tag}}'`, says: 'names only' }],
  async run(invocation) {
    const { context, args } = invocation;
    const now = new Date();
    const rows = listImages(context.engine.store)
      .sort((a, b) => ((a.config.created ?? '') > (b.config.created ?? '') ? -1 : 1))
      .flatMap((image) => makeRows(invocation, image, now))
      .filter((row) => isWanted(row, args[0]));
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) {
      context.stdout.write([...new Set(rows.map(({ ID }) => ID))].map((id) => `${id}\n`).join(''));
    } else if (format !== null) {
      context.stdout.write(formatRows(format, rows, { ID: 'IMAGE ID' }, heading));
    } else {
      context.stdout.write(formatTable(columns, rows, heading));
    }
    return 0;
  },
});
