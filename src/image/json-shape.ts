import { BryoError } from '../base/errors.ts';

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Error of a document that is not what it must be; `path` names the field. */
export function malformed(path: string, expected: string): BryoError {
  return new BryoError('bad-image', `invalid image: ${path} ${expected}`);
}

/** Largest manifest, index or configuration that is looked at, in bytes. */
export const documentLimit = 4 * 1024 * 1024;

/** Parses a JSON document whose outermost value is an object. Errors: `bad-image`. */
export function parseObject(bytes: Uint8Array, what: string, limit = documentLimit): JsonObject {
  if (bytes.length > limit) throw malformed(what, 'is larger than 4 MiB');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(what, 'is not valid JSON');
  }
  return objectAt(value, what);
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(path, 'is not an object');
  }
  return value as JsonObject;
}

export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(path, 'is not a list');
  return value;
}

/** Text without NUL: it may become an argument or environment variable. */
export function stringAt(value: unknown, path: string): string {
  if (typeof value !== 'string') throw malformed(path, 'is not a string');
  if (value.includes('\0')) throw malformed(path, 'holds a NUL character');
  return value;
}

/** Go writes empty lists and maps as null, so null and absent mean the same. */
export function optional<T>(
  value: unknown,
  path: string,
  read: (value: unknown, path: string) => T,
): T | null {
  return value === undefined || value === null ? null : read(value, path);
}

export function stringListAt(value: unknown, path: string): string[] {
  return arrayAt(value, path).map((item, index) => stringAt(item, `${path}[${index}]`));
}

export function stringMapAt(value: unknown, path: string): Record<string, string> {
  const entries = Object.entries(objectAt(value, path));
  return Object.fromEntries(entries.map(([key, item]) => [key, stringAt(item, `${path}.${key}`)]));
}

/** Keys of Go's `map[string]struct{}`, how sets are written in image configurations. */
export function keysAt(value: unknown, path: string): string[] {
  return Object.keys(objectAt(value, path)).map((key) => stringAt(key, path));
}

/**
 * A number of which nothing depends but how often something is done: what is too little is 0, what is
 * too much is `limit`, and fractions are dropped.
 */
export function amountAt(value: unknown, path: string, limit: number): number {
  if (typeof value !== 'number') throw malformed(path, 'is not a number');
  return Math.floor(Math.min(Math.max(value, 0), limit));
}

/** A whole number from 0 to `limit`. */
export function countAt(value: unknown, path: string, limit: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > limit) {
    throw malformed(path, `is not a number from 0 to ${limit}`);
  }
  return value;
}
