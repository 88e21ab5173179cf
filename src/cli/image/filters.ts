import { BryoError } from '../../base/errors.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { labelFits } from '../options/label-filter.ts';
import { readPair } from '../options/read-values.ts';

/** Shell patterns as podman's reference filter has them: `*` and `?`. */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`(^|/)${source}(:[^/]*)?$`).test(text);
}

function dateOf(text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  if (seconds !== undefined) return Date.now() - Number(count) * seconds * 1000;
  throw new BryoError('usage', `invalid --filter until=${text}`, { hint: 'a date, or 24h' });
}

function fits(image: ResolvedImage, key: string, value: string): boolean {
  const created = Date.parse(image.config.created ?? '') || 0;
  switch (key) {
    case 'dangling':
      return (image.names.length === 0) === (value === 'true' || value === '1');
    case 'reference':
      return image.names.some((name) => matchesPattern(name, value));
    case 'label':
      return labelFits(image.config.config.labels, value);
    case 'id':
      return image.id.startsWith(value);
    case 'until':
      return created < dateOf(value);
    default:
      throw new BryoError('usage', `unknown --filter ${JSON.stringify(key)}`, {
        hint: 'dangling, reference, label, id and until are known',
      });
  }
}

/** Whether an image fits all filters, `KEY=VALUE` (podman-images(1)). */
export function imageFits(image: ResolvedImage, filters: readonly string[]): boolean {
  return filters.every((filter) => fits(image, ...readPair(filter)));
}
