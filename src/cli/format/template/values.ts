import { TemplateError } from './syntax.ts';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's truth: zero values and empty collections are false. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** A value as fmt.Sprint prints it: `[a b]`, `map[k:v]`, `<nil>`. */
export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printValue).join(' ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, item]) => `${key}:${printValue(item)}`).join(' ')}]`;
  }
  return String(value);
}

/** Follows `.A.B`. A missing key of the data itself is an error, as a missing field is in Go. */
export function selectField(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (current === null || current === undefined) {
      throw new TemplateError(`nil pointer evaluating .${name}`);
    }
    if (!isObject(current)) throw new TemplateError(`can't evaluate field ${name}`);
    if (!Object.hasOwn(current, name)) throw new TemplateError(`can't evaluate field ${name}`);
    current = current[name];
  }
  return current;
}
