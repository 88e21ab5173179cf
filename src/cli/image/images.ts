import { formatAge } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import { imageSize } from '../../engine/image-size.ts';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption } from '../options/shared.ts';
import { imageFits } from './filters.ts';

interface Row extends Record<string, unknown> {
  Repository: string;
  Tag: string;
  ID: string;
  Id: string;
  Digest: string;
  Created: string;
  CreatedAt: string;
  Size: string;
  VirtualSize: number;
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

const withDigests: readonly Column<Row>[] = [
  ...columns.slice(0, 2),
  { title: 'DIGEST', cell: (row) => row.Digest },
  ...columns.slice(2),
];

const orders: Readonly<Record<string, (a: Row, b: Row) => number>> = {
  created: (a, b) => b.CreatedAt.localeCompare(a.CreatedAt),
  id: (a, b) => a.Id.localeCompare(b.Id),
  repository: (a, b) => a.Repository.localeCompare(b.Repository),
  size: (a, b) => a.VirtualSize - b.VirtualSize,
  tag: (a, b) => a.Tag.localeCompare(b.Tag),
};

function orderOf(key: string): (a: Row, b: Row) => number {
  const order = orders[key];
  if (order !== undefined) return order;
  throw new BryoError('usage', `invalid --sort ${JSON.stringify(key)}`, {
    hint: Object.keys(orders).join(', '),
  });
}

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
    { name: 'all', short: 'a', help: 'all images; always so, for layers are no images here' },
    { name: 'digests', help: 'show the digests of the manifests' },
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: dangling, reference, label, id or until',
    },
    formatOption,
    headingOption,
    noTruncOption,
    { name: 'quiet', short: 'q', help: 'print ids only' },
    {
      name: 'sort',
      value: 'KEY',
      default: 'created',
      choices: Object.keys(orders),
      help: 'created, id, repository, size or tag',
    },
  ],
  description: ['Lists the images of the store. The size is that of the unpacked layers.'],
  examples: [{ command: `bryo images --format '{{.Repository}}:{{.Tag}}'`, says: 'names only' }],
  async run(invocation) {
    const { context, args } = invocation;
    const now = new Date();
    const filters = invocation.texts('filter');
    const rows = listImages(context.engine.store)
      .filter((image) => imageFits(image, filters))
      .flatMap((image) => makeRows(invocation, image, now))
      .filter((row) => isWanted(row, args[0]))
      .sort(orderOf(invocation.text('sort') ?? 'created'));
    const format = invocation.text('format');
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) {
      context.stdout.write([...new Set(rows.map(({ ID }) => ID))].map((id) => `${id}\n`).join(''));
    } else if (format !== null) {
      context.stdout.write(formatRows(format, rows, { ID: 'IMAGE ID' }, heading));
    } else {
      const shown = invocation.flag('digests') ? withDigests : columns;
      context.stdout.write(formatTable(shown, rows, heading));
    }
    return 0;
  },
});
