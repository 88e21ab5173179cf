import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { imageFilters } from '../../engine/images/filters.ts';
import { listFiltered } from '../../engine/images/list.ts';
import { type ImageRow, imageObject, imageRows } from '../../view/podman/image-row.ts';
import { defineCommand } from '../command.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption } from '../options/shared.ts';

const columns: readonly Column<ImageRow>[] = [
  { title: 'REPOSITORY', cell: (row) => row.Repository },
  { title: 'TAG', cell: (row) => row.Tag },
  { title: 'IMAGE ID', cell: (row) => row.ID },
  { title: 'CREATED', cell: (row) => row.Created },
  { title: 'SIZE', cell: (row) => row.Size },
];

const withDigests: readonly Column<ImageRow>[] = [
  ...columns.slice(0, 2),
  { title: 'DIGEST', cell: (row) => row.Digest },
  ...columns.slice(2),
];

const orders: Readonly<Record<string, (a: ImageRow, b: ImageRow) => number>> = {
  created: (a, b) => b.CreatedAt.localeCompare(a.CreatedAt),
  id: (a, b) => a.Id.localeCompare(b.Id),
  repository: (a, b) => a.Repository.localeCompare(b.Repository) || a.Tag.localeCompare(b.Tag),
  size: (a, b) => a.VirtualSize - b.VirtualSize,
  tag: (a, b) => a.Tag.localeCompare(b.Tag),
};

function orderOf(key: string): (a: ImageRow, b: ImageRow) => number {
  const order = orders[key];
  if (order !== undefined) return order;
  throw new BryoError('usage', `invalid --sort ${JSON.stringify(key)}`, {
    hint: Object.keys(orders).join(', '),
  });
}

/** Whether an image is the one asked for: a repository, with or without its tag. */
function isWanted(row: ImageRow, wanted: string | undefined): boolean {
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
      help: `only those that fit: ${imageFilters.join(', ')}`,
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
  refused: { history: 'the store keeps no names that an image had' },
  description: ['Lists the images of the store. The size is that of the unpacked layers.'],
  examples: [{ command: `bryo images --format '{{.Repository}}:{{.Tag}}'`, says: 'names only' }],
  async run(invocation) {
    const { context, args } = invocation;
    const now = new Date();
    const { engine } = context;
    const options = { dialect: context.dialect, whole: invocation.flag('no-trunc'), now };
    const images = listFiltered(engine, invocation.texts('filter'));
    const rows = images
      .flatMap((image) => imageRows(engine, image, options))
      .filter((row) => isWanted(row, args[0]))
      .sort(orderOf(invocation.text('sort') ?? 'created'));
    const format = invocation.text('format');
    if (
      format !== null &&
      isJsonFormat(format) &&
      !invocation.flag('quiet') &&
      context.dialect === 'podman'
    ) {
      const wanted = [...new Set(rows.map(({ Id }) => Id))];
      const objects = wanted.flatMap((id) => {
        // An image may have come in by several manifests: one with names stands for all.
        const same = images.filter((candidate) => candidate.image.id === id);
        const names = same.flatMap(({ image }) => image.names);
        const shown = same.find(({ image }) => image.names.length > 0) ?? same[0];
        if (shown === undefined) return [];
        return [imageObject(engine, { ...shown, image: { ...shown.image, names } })];
      });
      context.stdout.write(`${jsonText(objects, 4)}\n`);
      return 0;
    }
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) {
      context.stdout.write([...new Set(rows.map(({ ID }) => ID))].map((id) => `${id}\n`).join(''));
    } else {
      const shown = invocation.flag('digests') ? withDigests : columns;
      const style = { dialect: context.dialect, headings: { ID: 'IMAGE ID' }, heading };
      context.stdout.write(await formatList(format, shown, rows, style));
    }
    return 0;
  },
});
