import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import type { VolumeView } from '../../engine/volumes.ts';
import { labelFits } from '../options/label-filter.ts';
import { readPair } from '../options/read-values.ts';

function fits(volume: VolumeView, key: string, value: string): boolean {
  switch (key) {
    case 'name':
      return volume.name.includes(value);
    case 'label':
      return labelFits(volume.labels, value);
    case 'label!':
      return !labelFits(volume.labels, value);
    case 'dangling':
      return (volume.users.length === 0) === (value === 'true' || value === '1');
    case 'driver':
      return value === 'local';
    case 'opt':
      return labelFits(volume.options ?? {}, value);
    case 'scope':
      return value === 'local';
    case 'until':
      return (
        BigInt(Date.parse(volume.createdAt)) * 1_000_000n < parseTimeArgument(value, new Date())
      );
    default:
      throw new BryoError('usage', `unknown --filter ${JSON.stringify(key)}`, {
        hint: 'name, label, label!, dangling, driver, opt, scope and until are known',
      });
  }
}

/** Whether a volume fits all filters, `KEY=VALUE` (podman-volume-ls(1)). */
export function volumeFits(volume: VolumeView, filters: readonly string[]): boolean {
  return filters.every((filter) => fits(volume, ...readPair(filter)));
}
