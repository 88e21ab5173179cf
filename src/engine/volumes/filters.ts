import { parseTimeArgument } from '../../base/duration.ts';
import { labelFits, pattern, readFilterWords } from '../../request/filters.ts';
import type { VolumeView } from './volumes.ts';

const known = ['name', 'label', 'label!', 'dangling', 'driver', 'opt', 'scope', 'until'];

function fits(volume: VolumeView, key: string, value: string): boolean {
  switch (key) {
    case 'name':
      return pattern(key, value).test(volume.name);
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
      return false;
  }
}

/** A test of whether a volume fits all filters, `KEY=VALUE` (podman-volume-ls(1)). */
export function volumeFilter(words: readonly string[]): (volume: VolumeView) => boolean {
  const filters = readFilterWords(words, known);
  return (volume) => filters.every(([key, value]) => fits(volume, key, value));
}
