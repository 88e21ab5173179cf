import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { labelFits, readFilterWords } from '../../request/filters.ts';

/** Shell patterns as podman's reference filter has them: `*` and `?`. */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`(^|/)${source}(:[^/]*)?$`).test(text);
}

/** The filters of images, for help and errors. */
export const imageFilters = [
  'dangling',
  'reference',
  'label',
  'label!',
  'id',
  'digest',
  'before',
  'since',
  'until',
  'intermediate',
  'readonly',
] as const;

function isTrue(value: string): boolean {
  if (['true', '1', ''].includes(value)) return true;
  if (['false', '0'].includes(value)) return false;
  throw new BryoError('usage', `--filter: ${JSON.stringify(value)} is neither true nor false`);
}

function createdOf(name: string, images: ImageFinder): number {
  return Date.parse(images(name).config.created ?? '') || 0;
}

/** Finds an image that a filter names. Throws BryoError `no-such-image`. */
export type ImageFinder = (name: string) => ResolvedImage;

function fits(
  image: ResolvedImage,
  [key, value]: readonly [string, string],
  images: ImageFinder,
): boolean {
  const created = Date.parse(image.config.created ?? '') || 0;
  switch (key) {
    case 'dangling':
      return (image.names.length === 0) === isTrue(value);
    case 'reference':
      return image.names.some((name) => matchesPattern(name, value));
    case 'label':
      return labelFits(image.config.config.labels, value);
    case 'label!':
      return !labelFits(image.config.config.labels, value);
    case 'intermediate':
      return isTrue(value) === false;
    case 'readonly':
      return isTrue(value) === false;
    case 'before':
      return created < createdOf(value, images);
    case 'after':
    case 'since':
      return created > createdOf(value, images);
    case 'digest':
      return image.manifestDigest.startsWith(value.includes(':') ? value : `sha256:${value}`);
    case 'id':
      return image.id.startsWith(value);
    case 'until':
      return BigInt(created) * 1_000_000n < parseTimeArgument(value, new Date());
    default:
      return false;
  }
}

function invalidFilter(key: string): string {
  const form = 'must be in the format "filter=value or filter!=value"';
  return `invalid image filter ${JSON.stringify(key)}: ${form}`;
}

/** A test of whether an image fits all filters, `KEY=VALUE` (podman-images(1)). */
export function imageFilter(
  words: readonly string[],
  images: ImageFinder,
): (image: ResolvedImage) => boolean {
  const filters = readFilterWords(words, [...imageFilters, 'after'], {
    unknown: invalidFilter,
    incomplete: invalidFilter,
    whole: true,
  });
  return (image) => filters.every((filter) => fits(image, filter, images));
}
