import { readPair } from '../values.ts';
import type { Refuse } from './words.ts';

/** Takes keys out of a --mount list, so that what is left over is an error. */
export class MountKeys {
  readonly refuse: Refuse;
  readonly #values: Map<string, string>;

  constructor(refuse: Refuse, text: string) {
    this.refuse = refuse;
    this.#values = new Map(text.split(',').map(readPair));
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

  /** Throws for a key that nobody has taken. */
  finish(): void {
    const [unknown] = this.#values.keys();
    if (unknown !== undefined) throw this.refuse(`option ${unknown} is not supported`);
  }
}
