import { jsonText } from '../base/text.ts';
import { GoDuration } from './go-duration.ts';
import { printf } from './printf.ts';
import { TemplateError } from './syntax.ts';
import { isObject, isTrue, printValue } from './values.ts';

type TemplateFunction = (...args: unknown[]) => unknown;

/** A duration is a number where it is compared. */
function plain(value: unknown): unknown {
  return value instanceof GoDuration ? value.nanoseconds : value;
}

function checkTypes(a: unknown, b: unknown): void {
  const basic = (value: unknown): boolean => value !== undefined && typeof value !== 'object';
  if (basic(a) && basic(b) && typeof a !== typeof b) {
    throw new TemplateError('incompatible types for comparison');
  }
}

function equal(one: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) throw new TemplateError('missing argument for comparison');
  const first = plain(one);
  return others.map(plain).some((other) => {
    checkTypes(first, other);
    if (isObject(first) || Array.isArray(first)) {
      throw new TemplateError('non-comparable types for comparison');
    }
    return first === other || ((first ?? null) === null && (other ?? null) === null);
  });
}

function compare(name: string, test: (order: number) => boolean): TemplateFunction {
  return (one, other) => {
    const [a, b] = [plain(one), plain(other)];
    checkTypes(a, b);
    if (typeof a === 'number' && typeof b === 'number') return test(a - b);
    if (typeof a === 'string' && typeof b === 'string') return test(a < b ? -1 : a > b ? 1 : 0);
    throw new TemplateError(`${name}: invalid type for comparison`);
  };
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  if (value === null) return 0;
  throw new TemplateError(`len of ${printValue(value)}`);
}

function index(value: unknown, ...keys: unknown[]): unknown {
  let current = value;
  for (const key of keys) {
    if (Array.isArray(current) && typeof key === 'number') {
      if (key < 0 || key >= current.length) throw new TemplateError(`index out of range: ${key}`);
      current = current[key];
    } else if (typeof current === 'string' && typeof key === 'number') {
      const byte = Buffer.from(current)[key];
      if (byte === undefined) throw new TemplateError(`index out of range: ${key}`);
      current = byte;
    } else if (isObject(current)) {
      const name = String(key);
      current = Object.hasOwn(current, name) ? current[name] : '';
    } else {
      throw new TemplateError(`can't index ${printValue(current)}`);
    }
  }
  return current;
}

function slice(value: unknown, from: unknown = 0, to?: unknown): unknown {
  const size = length(value);
  const start = Number(from);
  const end = to === undefined ? size : Number(to);
  if (!(start >= 0 && start <= end && end <= size)) {
    throw new TemplateError(`slice bounds out of range: ${start} to ${end} of ${size}`);
  }
  if (typeof value === 'string') return Buffer.from(value).subarray(start, end).toString('utf8');
  if (Array.isArray(value)) return value.slice(start, end);
  throw new TemplateError(`can't slice ${printValue(value)}`);
}

/** fmt.Sprint: a space between two operands neither of which is text. */
function print(...args: unknown[]): string {
  let text = '';
  for (const [at, value] of args.entries()) {
    const space = at > 0 && typeof value !== 'string' && typeof args[at - 1] !== 'string';
    text += `${space ? ' ' : ''}${printValue(value)}`;
  }
  return text;
}

function toJson(value: unknown): string {
  return jsonText(value);
}

function words(list: unknown): string[] {
  if (list === null) return [];
  if (!Array.isArray(list)) throw new TemplateError('a list is needed');
  return list.map(printValue);
}

const htmlEntities: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

const jsEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
  '\n': '\\u000A',
};

/** The functions of text/template and those that docker and podman add; `and` and `or` are syntax. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTrue(value),
  eq: equal,
  ne: (a, b) => !equal(a, b),
  lt: compare('lt', (order) => order < 0),
  le: compare('le', (order) => order <= 0),
  gt: compare('gt', (order) => order > 0),
  ge: compare('ge', (order) => order >= 0),
  len: length,
  index,
  slice,
  print,
  println: (...args) => `${args.map(printValue).join(' ')}\n`,
  printf,
  html: (...args) => print(...args).replace(/["'&<>]/g, (letter) => htmlEntities[letter] ?? letter),
  js: (...args) => print(...args).replace(/[\\'"<>&=\n]/g, (letter) => jsEscapes[letter] ?? letter),
  urlquery: (...args) => new URLSearchParams([['', print(...args)]]).toString().slice(1),
  json: toJson,
  join: (list, separator) => words(list).join(String(separator)),
  split: (value, separator) => String(value).split(String(separator)),
  lower: (value) => String(value).toLowerCase(),
  upper: (value) => String(value).toUpperCase(),
  title: (value) => String(value).replace(/\b\w/g, (letter) => letter.toUpperCase()),
  trim: (value) => String(value).trim(),
  truncate: (value, size) => String(value).slice(0, Number(size)),
  pad: (value, before, after) =>
    value === '' ? '' : `${' '.repeat(Number(before))}${value}${' '.repeat(Number(after))}`,
};
