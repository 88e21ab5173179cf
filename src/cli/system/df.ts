import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { jsonText } from '../../base/text.ts';
import { type DiskUsage, diskUsage, type KindUsage } from '../../engine/system/disk-usage.ts';
import { statusText } from '../../view/podman/status.ts';
import { defineCommand } from '../command.ts';
import type { Dialect } from '../dialect.ts';
import { formatRows } from '../format/format-flag.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption } from '../options/shared.ts';

type Row = Record<string, string | number>;

function column(title: string, field: string): Column<Row> {
  return { title, cell: (row) => String(row[field] ?? '') };
}

function summaryRow(type: string, usage: KindUsage): Row {
  const share = usage.size === 0 ? 0 : Math.round((usage.reclaimable / usage.size) * 100);
  return {
    Type: type,
    Total: usage.total,
    TotalCount: usage.total,
    Active: usage.active,
    Size: formatSize(usage.size),
    RawSize: usage.size,
    Reclaimable: `${formatSize(usage.reclaimable)} (${share}%)`,
    RawReclaimable: usage.reclaimable,
  };
}

const summaryColumns = [
  column('TYPE', 'Type'),
  column('TOTAL', 'Total'),
  column('ACTIVE', 'Active'),
  column('SIZE', 'Size'),
  column('RECLAIMABLE', 'Reclaimable'),
];

function imageRows({ images }: DiskUsage, now: Date): Row[] {
  return images.map(({ image, size, shared, containers }) => {
    const name = image.names[0] ?? '<none>:<none>';
    const colon = name.lastIndexOf(':');
    const created = new Date(image.config.created ?? Number.NaN);
    return {
      Repository: name.slice(0, colon),
      Tag: name.slice(colon + 1),
      ID: image.id.slice(0, 12),
      Created: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      Size: formatSize(size),
      Shared: formatSize(shared),
      Unique: formatSize(size - shared),
      Containers: containers,
    };
  });
}

const imageColumns = [
  column('REPOSITORY', 'Repository'),
  column('TAG', 'Tag'),
  column('IMAGE ID', 'ID'),
  column('CREATED', 'Created'),
  column('SIZE', 'Size'),
  column('SHARED SIZE', 'Shared'),
  column('UNIQUE SIZE', 'Unique'),
  column('CONTAINERS', 'Containers'),
];

function containerRows({ containers }: DiskUsage, now: Date): Row[] {
  return containers.map(({ view: { record, state }, size }) => ({
    ID: record.id.slice(0, 12),
    Image: record.rootfs.kind === 'image' ? record.rootfs.imageId.slice(0, 12) : '',
    Volumes: record.volumes.length,
    Size: formatSize(size),
    Created: formatAge(new Date(record.createdAt), now),
    Status: statusText(state, now),
    Names: record.name,
  }));
}

const containerColumns = [
  column('CONTAINER ID', 'ID'),
  column('IMAGE', 'Image'),
  column('LOCAL VOLUMES', 'Volumes'),
  column('SIZE', 'Size'),
  column('CREATED', 'Created'),
  column('STATUS', 'Status'),
  column('NAMES', 'Names'),
];

function volumeRows({ volumes }: DiskUsage): Row[] {
  return volumes.map(({ volume, size }) => ({
    Name: volume.name,
    Links: volume.users.length,
    Size: formatSize(size),
  }));
}

const volumeColumns = [
  column('VOLUME NAME', 'Name'),
  column('LINKS', 'Links'),
  column('SIZE', 'Size'),
];

function details(usage: DiskUsage, dialect: Dialect): string {
  const now = new Date();
  const parts: [string, readonly Column<Row>[], Row[]][] = [
    ['Images', imageColumns, imageRows(usage, now)],
    ['Containers', containerColumns, containerRows(usage, now)],
    ['Local Volumes', volumeColumns, volumeRows(usage)],
  ];
  return parts
    .map(
      ([title, columns, rows]) =>
        `${title} space usage:\n\n${formatTable(columns, rows, { dialect, heading: true })}`,
    )
    .join('\n');
}

export const command = defineCommand({
  name: 'system-df',
  noun: 'system',
  summary: 'Show what takes how much of the disk',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [formatOption, { name: 'verbose', short: 'v', help: 'a line for everything there is' }],
  description: [
    'A layer that several images share counts once in the sum. The size of a container is that of what it wrote itself. Reclaimable is what nothing active needs: images without containers, containers that do not run, volumes without containers.',
  ],
  examples: [{ command: 'bryo system df -v', says: 'with all details' }],
  async run(invocation) {
    const { context } = invocation;
    const usage = await diskUsage(context.engine);
    const format = invocation.text('format');
    if (format === null && invocation.flag('verbose')) {
      context.stdout.write(details(usage, context.dialect));
      return 0;
    }
    const { images, containers, volumes } = usage.summary;
    const rows = [
      summaryRow('Images', images),
      summaryRow('Containers', containers),
      summaryRow('Local Volumes', volumes),
    ];
    // podman and docker print a line for each row of this listing.
    if (format !== null && /^\s*\{\{\s*json\s+\.?\s*\}\}\s*$/.test(format)) {
      context.stdout.write(rows.map((row) => `${jsonText(row)}\n`).join(''));
      return 0;
    }
    context.stdout.write(
      format === null
        ? formatTable(summaryColumns, rows, { dialect: context.dialect, heading: true })
        : formatRows(format, rows, { dialect: context.dialect }),
    );
    return 0;
  },
});
