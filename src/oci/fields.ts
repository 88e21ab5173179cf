import { BryoError } from '../base/errors.ts';

type Json = Readonly<Record<string, unknown>>;

function bad(path: string, expected: string): BryoError {
  return new BryoError('bad-config', `invalid config.json: ${path} ${expected}`);
}

/**
 * An object of a configuration, read field by field. Go writes empty lists and maps as null, so
 * null and absent mean the same; and it reads names in any case, so `pagesize` is `pageSize`. Errors: BryoError `bad-config` with the field's path.
 */
export class Fields {
  readonly #object: Json;
  readonly #path: string;
  #byLowerCase: ReadonlyMap<string, unknown> | null = null;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw bad(path, 'is not an object');
    }
    this.#object = value as Json;
    this.#path = path;
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #value(name: string): unknown {
    return this.#object[name] ?? this.#inAnyCase(name) ?? undefined;
  }

  #inAnyCase(name: string): unknown {
    this.#byLowerCase ??= new Map(
      Object.entries(this.#object).map(([key, value]) => [key.toLowerCase(), value]),
    );
    return this.#byLowerCase.get(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** The error of a field that is well-formed and cannot be honoured. */
  unsupported(name: string, why: string): BryoError {
    return new BryoError('unsupported', `${this.#at(name)} cannot be honoured: ${why}`);
  }

  /** The error of a field whose value is wrong. */
  wrong(name: string, expected: string): BryoError {
    return bad(this.#at(name), expected);
  }

  optionalText(name: string): string | null {
    const value = this.#value(name);
    if (value === undefined) return null;
    if (typeof value !== 'string') throw this.wrong(name, 'is not a string');
    if (value.includes('\0')) throw this.wrong(name, 'holds a NUL character');
    return value;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === null || value === '') throw this.wrong(name, 'is missing');
    return value;
  }

  optionalInteger(name: string): number | null {
    const value = this.#value(name);
    if (value === undefined) return null;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw this.wrong(name, 'is not an integer');
    }
    return value;
  }

  /** A number from 0 to 2³² − 1: an id, a device number, a mask. */
  unsigned(name: string, fallback?: number): number {
    const value = this.optionalInteger(name) ?? fallback;
    if (value === undefined) throw this.wrong(name, 'is missing');
    if (value < 0 || value > 0xffff_ffff) throw this.wrong(name, 'is not from 0 to 4294967295');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== 'boolean') throw this.wrong(name, 'is no boolean');
    return value === true;
  }

  list(name: string): readonly unknown[] {
    const value = this.#value(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.wrong(name, 'is not a list');
    return value;
  }

  texts(name: string): string[] {
    return this.list(name).map((item, index) => {
      if (typeof item !== 'string') throw this.wrong(`${name}[${index}]`, 'is not a string');
      if (item.includes('\0')) throw this.wrong(`${name}[${index}]`, 'holds a NUL character');
      return item;
    });
  }

  numbers(name: string): number[] {
    return this.list(name).map((item, index) => {
      if (typeof item !== 'number' || !Number.isInteger(item) || item < 0 || item > 0xffff_ffff) {
        throw this.wrong(`${name}[${index}]`, 'is not from 0 to 4294967295');
      }
      return item;
    });
  }

  optionalObject(name: string): Fields | null {
    return this.has(name) ? new Fields(this.#value(name), this.#at(name)) : null;
  }

  objects(name: string): Fields[] {
    return this.list(name).map((item, index) => new Fields(item, `${this.#at(name)}[${index}]`));
  }

  textMap(name: string): Record<string, string> {
    const map = this.optionalObject(name);
    if (map === null) return {};
    if (map.has('')) throw this.wrong(name, 'has an empty key');
    return Object.fromEntries(map.names().map((key) => [key, map.optionalText(key) ?? '']));
  }

  names(): string[] {
    return Object.keys(this.#object);
  }

  /** The object itself, for a part that has a reader of its own. */
  json(name: string): string {
    return JSON.stringify(this.#value(name));
  }
}
