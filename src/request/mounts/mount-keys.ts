import { readPair } from '../values.ts';
import type { Refuse } from './words.ts';

/**
 * The fields of a line of CSV (RFC 4180), as Go's reader has them: one that begins with a double quote
 * holds commas, and quotes as two.
 */
function readFields(text: string, refuse: Refuse): string[] {
  const fields: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)/y;
  for (let at = 0; at <= text.length; at = field.lastIndex + 1) {
    field.lastIndex = at;
    const found = field.exec(text);
    if (found === null) throw refuse('a field with a quote begins with one and ends with one');
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
  }
  return fields;
}

/** Takes keys out of a --mount list, so that what is left over is an error. */
export class MountKeys {
  readonly refuse: Refuse;
  readonly #values: Map<string, string>;

  constructor(refuse: Refuse, text: string) {
    this.refuse = refuse;
    this.#values = new Map(readFields(text, refuse).map(readPair));
  }

  /** The value of the first of these keys that is there; undefined: none is. */
  take(...keys: string[]): string | undefined {
    let found: string | undefined;
    for (const key of keys) {
      found ??= this.#values.get(key);
      this.#values.delete(key);
    }
    return found;
  }

  /** Whether one of these keys is there, and not false. */
  takeSwitch(...keys: string[]): boolean {
    const value = this.take(...keys);
    if (value === undefined) return false;
    if (['', 'true', '1'].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw this.refuse(`${keys[0]} is true or false`);
  }

  /** `ro` and `rw`, each with true or false behind it. */
  takeReadOnly(): boolean {
    const readOnly = this.takeSwitch('readonly', 'ro');
    const rw = this.take('rw', 'readwrite');
    if (rw === undefined) return readOnly;
    if (readOnly) throw this.refuse('ro and rw exclude each other');
    return ['false', '0'].includes(rw);
  }

  /** The keys without a value that are among these words. */
  takeWords(known: ReadonlySet<string>): string[] {
    const found = [...this.#values].filter(([key, value]) => value === '' && known.has(key));
    return found.map(([key]) => {
      this.#values.delete(key);
      return key;
    });
  }

  /** Throws for a key that nobody has taken. */
  finish(): void {
    const [unknown] = this.#values.keys();
    if (unknown !== undefined) throw this.refuse(`option ${unknown} is not supported`);
  }
}
