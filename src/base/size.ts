import { BryoError } from './errors.ts';

const unitLetters = 'kmgtp';
const sizePattern = /^(\d+(?:\.\d+)?|\.\d+) ?([kmgtp]?)(i?)b?$/i;

/**
 * Bytes of a size as options take it: `64m`, `1g`, `10mb`, `1.5GiB`, `4096` (docker/go-units).
 *
 * `base` is what `k` without an `i` multiplies by: 1024 for memory, which is the default, 1000
 * where podman counts decimally. Throws BryoError `bad-size`.
 */
export function parseSize(text: string, base: 1000 | 1024 = 1024): number {
  const [, digits, unit = '', binary] = sizePattern.exec(text) ?? [];
  const power = unit === '' ? 0 : unitLetters.indexOf(unit.toLowerCase()) + 1;
  const bytes = Math.trunc(Number(digits) * (binary ? 1024 : base) ** power);
  if (digits === undefined || (binary && power === 0) || !Number.isSafeInteger(bytes)) {
    throw new BryoError('bad-size', `invalid size ${JSON.stringify(text)}`, {
      hint: 'a size is a number of bytes or one with b, k, m, g or t, such as 64m',
    });
  }
  return bytes;
}

export interface SizeFormat {
  /** Significant digits: 4 unless given, as docker/go-units HumanSize. */
  digits?: number;
  /** Between number and unit: empty unless given. */
  separator?: string;
}

/** A size for people, in decimal units: `5.33kB`; `podman images` has 3 digits and a space. */
export function formatSize(bytes: number, format: SizeFormat = {}): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  const digits = format.digits ?? 4;
  let value = bytes;
  let unit = 0;
  // Rounded before it is compared: 999,999 bytes are 1MB and not 1000kB.
  while (Number(value.toPrecision(digits)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(digits))}${format.separator ?? ''}${units[unit]}`;
}
