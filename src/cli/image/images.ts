import { formatAge } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { formatSize } from '../../base/size.ts';
import { jsonText, printable } from '../../base/text.ts';
import { listRecords } from '../../container/records.ts';
import type { Engine } from '../../engine/engine.ts';
import { imageFilter, imageFilters } from '../../engine/images/filters.ts';
import { imageSize } from '../../engine/images/size.ts';
import { listImages, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import type { Store } from '../../store/paths.ts';
import { familiarName } from '../../view/docker/names.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatRows, isJsonFormat } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption, headingOption, noTruncOption } from '../options/shared.ts';

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

function repoDigests({ names, manifestDigest }: ResolvedImage): string[] {
  return names.map((name) => `${name.replace(/:[^:/]*$/, '')}@${manifestDigest}`);
}

function usersOf(store: Store): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const { rootfs } of listRecords(store).records) {
    if (rootfs.kind === 'image') users.set(rootfs.imageId, (users.get(rootfs.imageId) ?? 0) + 1);
  }
  return users;
}

/** The object of `--format json`, with podman's types. */
function imageObject(engine: Engine, image: ResolvedImage, containers: number) {
  const created = new Date(image.config.created ?? 0);
  const size = imageSize(engine, image);
  const { labels } = image.config.config;
  return {
    Id: image.id,
    ParentId: '',
    RepoTags: image.names.length === 0 ? null : image.names,
    RepoDigests: repoDigests(image),
    Size: size,
    SharedSize: 0,
    VirtualSize: size,
    Labels: Object.keys(labels).length === 0 ? null : labels,
    Containers: containers,
    ...(image.names.length === 0 ? { Dangling: true } : { Names: image.names }),
    Digest: image.manifestDigest,
    History: image.names,
    Created: Math.floor(created.getTime() / 1000),
    CreatedAt: created.toISOString().replace('.000Z', 'Z'),
  };
}

function makeRows(
  invocation: Invocation,
  image: ResolvedImage,
  { now, containers }: { now: Date; containers: number },
): Row[] {
  const names = image.names.length === 0 ? ['<none>:<none>'] : image.names;
  const created = new Date(image.config.created ?? Number.NaN);
  const bytes = imageSize(invocation.context.engine, image);
  // Made once for all rows: an image may have thousands of names.
  const history = image.names.join(', ');
  const digests = repoDigests(image);
  return names.map((name) => {
    const colon = name.lastIndexOf(':');
    return {
      Repository:
        invocation.context.dialect === 'docker'
          ? familiarName(name.slice(0, colon))
          : name.slice(0, colon),
      Tag: name.slice(colon + 1),
      ID: invocation.flag('no-trunc') ? `sha256:${image.id}` : image.id.slice(0, 12),
      Id: image.id,
      Digest: image.manifestDigest,
      Created: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      CreatedAt: printable(image.config.created ?? ''),
      CreatedTime: printable(image.config.created ?? ''),
      Containers: containers,
      Dangling: image.names.length === 0,
      History: history,
      ParentId: '',
      ReadOnly: false,
      RepoDigests: digests,
      RepoTags: image.names,
      SharedSize: 0,
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
    const users = usersOf(engine.store);
    const find = (name: string) => resolveImage(engine.store, name);
    const fits = imageFilter(invocation.texts('filter'), find);
    const images = listImages(engine.store).filter(fits);
    const rows = images
      .flatMap((image) =>
        makeRows(invocation, image, { now, containers: users.get(image.id) ?? 0 }),
      )
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
        // The same image may have come in by several manifests: one with names stands for all.
        const same = images.filter((candidate) => candidate.id === id);
        const names = same.flatMap((image) => image.names);
        const shown = same.find((image) => image.names.length > 0) ?? same[0];
        if (shown === undefined) return [];
        return [imageObject(engine, { ...shown, names }, users.get(id) ?? 0)];
      });
      context.stdout.write(`${jsonText(objects, 4)}\n`);
      return 0;
    }
    const heading = !invocation.flag('noheading');
    if (invocation.flag('quiet')) {
      context.stdout.write([...new Set(rows.map(({ ID }) => ID))].map((id) => `${id}\n`).join(''));
    } else if (format !== null) {
      context.stdout.write(
        formatRows(format, rows, {
          dialect: context.dialect,
          headings: { ID: 'IMAGE ID' },
          heading,
        }),
      );
    } else {
      const shown = invocation.flag('digests') ? withDigests : columns;
      context.stdout.write(formatTable(shown, rows, { dialect: context.dialect, heading }));
    }
    return 0;
  },
});
