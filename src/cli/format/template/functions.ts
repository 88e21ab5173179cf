import { TemplateError } from './syntax.ts';
import { isObject, isTrue, printValue } from './values.ts';

type TemplateFunction = (...args: unknown[]) => unknown;

function compare(name: string, test: (order: number) => boolean): TemplateFunction {
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return test(a - b);
    if (typeof a === 'string' && typeof b === 'string') return test(a < b ? -1 : a > b ? 1 : 0);
    throw new TemplateError(`${name}: incompatible types for comparison`);
  };
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  throw new TemplateError(`len of ${printValue(value)}`);
}

function index(value: unknown, ...keys: unknown[]): unknown {
  let current = value;
  for (const key of keys) {
    if (Array.isArray(current) && typeof key === 'number') {
      if (key < 0 || key >= current.length) throw new TemplateError(`index out of range: ${key}`);
      current = current[key];
    } else if (isObject(current)) {
      const name = String(key);
      current = Object.hasOwn(current, name) ? current[name] : '';
    } else {
      throw new TemplateError(`can't index ${printValue(current)}`);
    }
  }
  return current;
}

/** fmt.Sprintf's verbs that make sense for JSON data. */
function printf(format: unknown, ...args: unknown[]): string {
  let at = 0;
  return String(format).replace(
    /%(-?)(\d*)(?:\.(\d+))?([vsdqtfx%])/g,
    (_all, minus, width, precision, verb) => {
      if (verb === '%') return '%';
      const value = args[at];
      at += 1;
      let text = printValue(value);
      if (verb === 'q') text = JSON.stringify(text);
      if (verb === 'f') text = Number(value).toFixed(Number(precision ?? 6));
      if (verb === 'x') text = Number(value).toString(16);
      return minus === '-' ? text.padEnd(Number(width)) : text.padStart(Number(width));
    },
  );
}

function words(list: unknown): string[] {
  if (!Array.isArray(list)) throw new TemplateError('a list is needed');
  return list.map(printValue);
}

/** The functions of text/template and those that docker and podman add. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  not: (value) => !isTrue(value),
  eq: (first, ...others) => others.includes(first),
  ne: (a, b) => a !== b,
  lt: compare('lt', (order) => order < 0),
  le: compare('le', (order) => order <= 0),
  gt: compare('gt', (order) => order > 0),
  ge: compare('ge', (order) => order >= 0),
  len: length,
  index,
  print: (...args) => args.map(printValue).join(''),
  println: (...args) => `${args.map(printValue).join(' ')}\n`,
  printf,
  json: (value) => JSON.stringify(value) ?? 'null',
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
