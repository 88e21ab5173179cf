import { BryoError } from './errors.ts';

const powers = 'bkmgtp';

/**
 * Bytes of a size as podman's flags take it: `64m`, `1g`, `10MB`, `1.5GiB` (all powers of 1024), or
 * plain bytes. Throws BryoError `bad-size`.
 */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgtp]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  const factor = 1024 ** Math.max(0, powers.indexOf((unit || 'b').toLowerCase()));
  const bytes = Math.floor(Number(number) * factor);
  if (number === undefined || !Number.isSafeInteger(bytes)) {
    throw new BryoError('bad-size', `invalid size ${JSON.stringify(text)}`, {
      hint: 'sizes are numbers with b, k, m or g, such as 64m',
    });
  }
  return bytes;
}

/** A size for people, in powers of 1000 with three digits, as podman prints it: `7.66 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 ? String(value) : String(Number(value.toPrecision(3)));
  return `${text} ${units[unit]}`;
}
