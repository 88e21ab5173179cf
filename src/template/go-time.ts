import { parseTimestamp } from '../base/duration.ts';
import { TemplateError } from './syntax.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
const two = (number: number): string => String(number).padStart(2, '0');

/** The words of a layout of time.Format; all in UTC. */
const layoutWords: Readonly<Record<string, (at: Date) => string>> = {
  January: (at) => months[at.getUTCMonth()] ?? '',
  Monday: (at) => days[at.getUTCDay()] ?? '',
  '-07:00': () => '+00:00',
  'Z07:00': () => 'Z',
  '-0700': () => '+0000',
  '2006': (at) => String(at.getUTCFullYear()).padStart(4, '0'),
  Jan: (at) => (months[at.getUTCMonth()] ?? '').slice(0, 3),
  Mon: (at) => (days[at.getUTCDay()] ?? '').slice(0, 3),
  MST: () => 'UTC',
  '01': (at) => two(at.getUTCMonth() + 1),
  '02': (at) => two(at.getUTCDate()),
  '03': (at) => two(at.getUTCHours() % 12 || 12),
  '04': (at) => two(at.getUTCMinutes()),
  '05': (at) => two(at.getUTCSeconds()),
  '06': (at) => two(at.getUTCFullYear() % 100),
  '15': (at) => two(at.getUTCHours()),
  PM: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  _2: (at) => String(at.getUTCDate()).padStart(2),
  '1': (at) => String(at.getUTCMonth() + 1),
  '2': (at) => String(at.getUTCDate()),
  '3': (at) => String(at.getUTCHours() % 12 || 12),
  '4': (at) => String(at.getUTCMinutes()),
  '5': (at) => String(at.getUTCSeconds()),
};
const longestFirst = Object.keys(layoutWords).sort((a, b) => b.length - a.length);
const layoutPattern = new RegExp(`[.,](0+|9+)|${longestFirst.join('|')}`, 'g');

/** A time.Time of a template's data: prints as Go does, and knows the methods that scripts call. */
export class GoTime {
  readonly #text: string;
  readonly #at: Date;
  readonly #nanoseconds: string;
  readonly #unixNano: bigint;

  private constructor(text: string, unixNano: bigint) {
    this.#text = text;
    this.#unixNano = unixNano;
    const fraction = ((unixNano % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    this.#nanoseconds = fraction.toString().padStart(9, '0');
    this.#at = new Date(Number((unixNano - fraction) / 1_000_000n));
  }

  /** Of an RFC 3339 text; null when it is none. */
  static parse(text: string): GoTime | null {
    if (!/^\d{4}-\d\d-\d\dT/.test(text)) return null;
    const unixNano = parseTimestamp(text);
    return unixNano === null ? null : new GoTime(text, unixNano);
  }

  toString(): string {
    return this.#format('2006-01-02 15:04:05.999999999 -0700 MST');
  }

  toJSON(): string {
    return this.#text;
  }

  #format(layout: string): string {
    return layout.replace(layoutPattern, (found, fraction: string | undefined) => {
      if (fraction === undefined) return layoutWords[found]?.(this.#at) ?? found;
      const digits = this.#nanoseconds.slice(0, fraction.length);
      if (fraction.startsWith('0')) return `${found[0]}${digits}`;
      const shown = digits.replace(/0+$/, '');
      return shown === '' ? '' : `${found[0]}${shown}`;
    });
  }

  /** A method of time.Time by its name, to be called. Throws TemplateError. */
  method(name: string): (...args: unknown[]) => unknown {
    const at = this.#at;
    switch (name) {
      case 'Format':
        return (layout) => this.#format(String(layout));
      case 'String':
        return () => this.toString();
      case 'UTC':
      case 'Local':
        return () => this;
      case 'IsZero':
        return () => at.getUTCFullYear() === 1;
      case 'Unix':
        return () => Number((this.#unixNano - BigInt(this.#nanoseconds)) / 1_000_000_000n);
      case 'UnixMilli':
        return () => Math.floor(Number(this.#unixNano / 1000n) / 1000);
      case 'UnixNano':
        return () => this.#unixNano;
      case 'Year':
        return () => at.getUTCFullYear();
      case 'Month':
        return () => months[at.getUTCMonth()];
      case 'Weekday':
        return () => days[at.getUTCDay()];
      case 'Day':
        return () => at.getUTCDate();
      case 'Hour':
        return () => at.getUTCHours();
      case 'Minute':
        return () => at.getUTCMinutes();
      case 'Second':
        return () => at.getUTCSeconds();
      case 'Nanosecond':
        return () => Number(this.#nanoseconds);
      default:
        throw new TemplateError(`can't evaluate field ${name} in type time.Time`);
    }
  }
}
