import { jsonText } from '../../base/text.ts';
import { type DiskUsage, diskUsage } from '../../engine/system/disk-usage.ts';
import {
  containerUsageRows,
  imageUsageRows,
  type UsageRow,
  usageRow,
  volumeUsageRows,
} from '../../view/podman/usage-rows.ts';
import { defineCommand } from '../command.ts';
import type { Dialect } from '../dialect.ts';
import { formatList } from '../format/list.ts';
import { type Column, formatTable } from '../format/table.ts';
import { formatOption } from '../options/shared.ts';

function column(title: string, field: string): Column<UsageRow> {
  return { title, cell: (row) => String(row[field] ?? '') };
}

const summaryColumns = [
  column('TYPE', 'Type'),
  column('TOTAL', 'Total'),
  column('ACTIVE', 'Active'),
  column('SIZE', 'Size'),
  column('RECLAIMABLE', 'Reclaimable'),
];

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

const containerColumns = [
  column('CONTAINER ID', 'ID'),
  column('IMAGE', 'Image'),
  column('LOCAL VOLUMES', 'Volumes'),
  column('SIZE', 'Size'),
  column('CREATED', 'Created'),
  column('STATUS', 'Status'),
  column('NAMES', 'Names'),
];

const volumeColumns = [
  column('VOLUME NAME', 'Name'),
  column('LINKS', 'Links'),
  column('SIZE', 'Size'),
];

function details(usage: DiskUsage, dialect: Dialect): string {
  const now = new Date();
  const parts: [string, readonly Column<UsageRow>[], UsageRow[]][] = [
    ['Images', imageColumns, imageUsageRows(usage, now)],
    ['Containers', containerColumns, containerUsageRows(usage, now)],
    ['Local Volumes', volumeColumns, volumeUsageRows(usage)],
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
    'The size of an image is that of its files, as bryo images shows it; a layer that several images share counts once in the sum. The size of a container is that of what it wrote itself. Reclaimable are the layers that are not those of an image with containers alone, containers that do not run, volumes without containers, and what builds keep and no image has.',
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
    const { images, containers, volumes, buildCache } = usage.summary;
    const builds = buildCache.total > 0 || context.dialect === 'docker';
    const rows = [
      usageRow('Images', images),
      usageRow('Containers', containers),
      usageRow('Local Volumes', volumes),
      ...(builds ? [usageRow('Build Cache', buildCache)] : []),
    ];
    // podman and docker print a line for each row of this listing.
    if (format !== null && /^\s*\{\{\s*json\s+\.?\s*\}\}\s*$/.test(format)) {
      context.stdout.write(rows.map((row) => `${jsonText(row)}\n`).join(''));
      return 0;
    }
    context.stdout.write(
      await formatList(format, summaryColumns, rows, { dialect: context.dialect }),
    );
    return 0;
  },
});
