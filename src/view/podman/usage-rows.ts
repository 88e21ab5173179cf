import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import type { DiskUsage, KindUsage } from '../../engine/system/disk-usage.ts';
import { statusText } from './status.ts';

/** A line of what takes room on the disk. */
export type UsageRow = Record<string, string | number>;

/** All of a kind. */
export function usageRow(type: string, usage: KindUsage): UsageRow {
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

export function imageUsageRows({ images }: DiskUsage, now: Date): UsageRow[] {
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

export function containerUsageRows({ containers }: DiskUsage, now: Date): UsageRow[] {
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

export function volumeUsageRows({ volumes }: DiskUsage): UsageRow[] {
  return volumes.map(({ volume, size }) => ({
    Name: volume.name,
    Links: volume.users.length,
    Size: formatSize(size),
  }));
}
